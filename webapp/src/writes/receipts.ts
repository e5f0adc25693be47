// What became of this page's own writes: where each was stored, and when its copy was seen in the other Region. Pure.
import type { Config, Side } from '../backend/config.ts';
import type { Comment, Photo } from '../backend/photos.ts';
import { reachOf } from '../regions/health.ts';
import { cityOf } from '../regions/names.ts';
import type { Serving } from '../regions/serving.ts';
import { otherOf, writableSide } from '../regions/serving.ts';
import { spanOf } from '../regions/span.ts';

interface Stored {
  /** Where it was acknowledged, and when. */
  side: Side;
  storedAtMs: number;
  copiedAtMs: number | null;
  /** One of the Regions was lost before the copy was there. */
  wasHeldUp?: boolean;
}

export type Receipt = Stored & ({ kind: 'photo'; photo: Photo } | { kind: 'comment'; photo: Photo; comment: Comment });

/**
 * `copying`: on its way; `paused`: the other Region does not respond; `cut-off`: its own Region does not respond;
 * `stranded`: and the other Region took over without it; `missing`: stranded, and its Region is back, but still it is not
 * copied.
 */
export type Fate = 'copied' | 'copying' | 'paused' | 'cut-off' | 'stranded' | 'missing';

/** Whether it is only in a Region that does not respond. */
export const isOutOfReach = (fate: Fate): boolean => fate === 'cut-off' || fate === 'stranded';

/** Whether a Region is lost before the copy is there. */
export const isHeldUp = (fate: Fate): boolean => isOutOfReach(fate) || fate === 'paused';

/** Whether the Region that serves users now lacks it. */
export const isLeftBehind = (fate: Fate): boolean => isOutOfReach(fate) || fate === 'missing';

const COPIES_AFTER_RETURN_MS = 60_000;
const COPIED_LIMIT = 100;

export const idOf = (receipt: Receipt): string =>
  receipt.kind === 'photo' ? receipt.photo.photoId : receipt.comment.commentId;

export function fateOf({ side, copiedAtMs }: Receipt, serving: Serving, config: Config, nowMs: number): Fate {
  if (copiedAtMs !== null) return 'copied';
  const other = otherOf(side);
  if (writableSide(serving, config) === other) {
    const { answersSinceMs } = serving.health[side];
    if (reachOf(serving.health[side]) === 'lost' || answersSinceMs === null) return 'stranded';
    return nowMs - answersSinceMs > COPIES_AFTER_RETURN_MS ? 'missing' : 'copying';
  }
  if (reachOf(serving.health[side]) === 'lost') return 'cut-off';
  return reachOf(serving.health[other]) === 'lost' ? 'paused' : 'copying';
}

/** One sentence for the user. */
export function textOf(receipt: Receipt, fate: Fate, config: Config): string {
  const [here, there] = [receipt.side, otherOf(receipt.side)].map((side) => cityOf(config[side].region));
  switch (fate) {
    case 'copied': {
      const span = spanOf(receipt.copiedAtMs! - receipt.storedAtMs);
      return `Saved in ${here}, copied to ${there} ${receipt.wasHeldUp ? 'after all' : `in ${span}`}`;
    }
    case 'copying':
      return `Saved in ${here}, being copied to ${there}`;
    case 'paused':
      return `Saved in ${here} only: ${there} does not respond`;
    case 'cut-off':
      return `Saved in ${here} only, which does not respond`;
    case 'stranded':
      return `Stored in ${here}, not copied before that Region was lost`;
    case 'missing':
      return `Stored in ${here}, which is back, but still not in ${there}`;
  }
}

/** How long to wait before the other Region is asked again for a write of this age. */
export function nextCheckMs(ageMs: number): number {
  if (ageMs < 3_000) return 250;
  return ageMs < 30_000 ? 1_000 : 5_000;
}

/** Newest last; of those that were copied only the last ones. */
export function trimmed(receipts: readonly Receipt[]): readonly Receipt[] {
  const copied = receipts.filter(({ copiedAtMs }) => copiedAtMs !== null);
  const dropped = new Set(copied.slice(0, -COPIED_LIMIT));
  return dropped.size ? receipts.filter((receipt) => !dropped.has(receipt)) : receipts;
}

/** The last copy that was seen: how long it took, and when. One that was held up says nothing about the lag. */
export function lastLag(receipts: readonly Receipt[], side: Side): { tookMs: number; atMs: number } | null {
  const last = receipts.findLast((one) => one.side === side && one.copiedAtMs !== null && !one.wasHeldUp);
  return last ? { tookMs: last.copiedAtMs! - last.storedAtMs, atMs: last.copiedAtMs! } : null;
}
