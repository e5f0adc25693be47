import { heightOfAll, rowsOf } from '../gallery/rows.ts';

const PROPORTIONS = [1.5, 0.75, 1.33, 1.78, 1, 1.5, 1.33, 0.67, 1.5, 1.78, 1.33, 1];

/** Rows as photos will fill them, while they are loaded. */
export function Skeletons({ width, rows: count }: { width: number; rows: number }) {
  if (!width) return null;
  const all = rowsOf([...PROPORTIONS, ...PROPORTIONS, ...PROPORTIONS, ...PROPORTIONS], width);
  const rows = all.slice(0, count);
  return (
    <div className="skeletons" aria-hidden="true" style={{ height: heightOfAll(rows) }}>
      {rows.flatMap(({ first, top, height, boxes }) =>
        boxes.map(({ left, width }, index) => <span key={first + index} style={{ left, top, width, height }} />),
      )}
    </div>
  );
}
