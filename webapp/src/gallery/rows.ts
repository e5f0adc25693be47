// How pictures fill the grid: rows from edge to edge, each of one height, every picture in its own proportions. Pure.

export interface Row {
  /** Index of its first picture. */
  first: number;
  top: number;
  height: number;
  boxes: { left: number; width: number }[];
  /** Whether it reaches from edge to edge; only the last row may not. */
  isFull: boolean;
}

export const GAP_PX = 8;
/** Wider or taller pictures are cropped in the grid: one of them would fill the screen, or be a line. */
const NARROWEST = 0.4;
const WIDEST = 3;

/** The height that a row should have in a grid of this width, both in pixels. */
export const rowHeightOf = (width: number): number => Math.min(280, Math.max(120, 88 + width * 0.09));

export const shownProportion = (proportion: number): number => Math.min(WIDEST, Math.max(NARROWEST, proportion));

/**
 * Rows of pictures with these proportions (width divided by height), in a grid of this width in pixels. A row depends
 * on nothing that follows it, so that a full row stays as it is when more pictures are loaded.
 */
export function rowsOf(proportions: readonly number[], width: number): Row[] {
  const wanted = rowHeightOf(width);
  const rows: Row[] = [];
  const heightOf = (shares: number[]) => (width - GAP_PX * (shares.length - 1)) / sum(shares);
  const add = (shares: number[], height: number, isFull: boolean) => {
    const last = rows.at(-1);
    const first = last ? last.first + last.boxes.length : 0;
    let left = 0;
    const boxes = shares.map((share) => {
      const box = { left, width: share * height };
      left += box.width + GAP_PX;
      return box;
    });
    rows.push({ first, top: last ? last.top + last.height + GAP_PX : 0, height, boxes, isFull });
  };

  let open: number[] = [];
  for (const proportion of proportions) {
    const before = open;
    open = [...before, shownProportion(proportion)];
    const height = heightOf(open);
    if (height > wanted) continue;
    // whichever is nearer to the wanted height: with this picture, or without it
    if (before.length && heightOf(before) / wanted < wanted / height) {
      add(before, heightOf(before), true);
      open = open.slice(-1);
      if (heightOf(open) > wanted) continue;
    }
    add(open, heightOf(open), true);
    open = [];
  }
  if (open.length) add(open, Math.min(wanted, heightOf(open)), false);
  return rows;
}

/** The rows that touch the stretch from `top` to `bottom`. */
export function rowsWithin(rows: readonly Row[], top: number, bottom: number): Row[] {
  return rows.filter((row) => row.top + row.height >= top && row.top <= bottom);
}

/** Where the last row ends. */
export const heightOfAll = (rows: readonly Row[]): number => {
  const last = rows.at(-1);
  return last ? last.top + last.height : 0;
};

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
