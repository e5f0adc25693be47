import type { Copying } from '../writes/copying.ts';

const TIP = { right: 'M2 12h52m-8-7 8 7-8 7', left: 'M58 12H6m8-7-8 7 8 7' };

/** Which way writes are copied between the Regions; crossed out while they are not. */
export function CopyArrow({ copying: { to, state }, width = 60 }: { copying: Copying; width?: number }) {
  return (
    <svg className="arrow" data-state={state} viewBox="0 0 60 24" width={width} height={width * 0.4} aria-hidden="true">
      <path d={TIP[to === 'secondary' ? 'right' : 'left']} />
      {state === 'stopped' && <path className="cut" d="M24 4l12 16M36 4 24 20" />}
    </svg>
  );
}
