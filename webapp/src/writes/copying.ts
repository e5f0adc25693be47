// What is being copied from the Region that writes to the other one, as this page's own writes show it. Pure.
import type { Config, Side } from '../backend/config.ts';
import { reachOf } from '../regions/health.ts';
import { cityOf } from '../regions/names.ts';
import type { Serving } from '../regions/serving.ts';
import { otherOf, SIDES, writableSide } from '../regions/serving.ts';
import { spanOf } from '../regions/span.ts';
import type { Receipt } from './receipts.ts';
import { fateOf, lastLag } from './receipts.ts';

export interface Copying {
  to: Side;
  state: 'unknown' | 'copied' | 'copying' | 'stopped';
  text: string;
  /** In a word or two. */
  short: string;
}

export function copyingOf(receipts: readonly Receipt[], serving: Serving, config: Config, nowMs: number): Copying {
  const from = writableSide(serving, config) ?? serving.side ?? 'primary';
  const to = otherOf(from);
  const lost = SIDES.find((side) => reachOf(serving.health[side]) === 'lost');
  if (lost)
    return {
      to,
      state: 'stopped',
      text: `Not copying: ${cityOf(config[lost].region)} does not answer`,
      short: 'not copying',
    };
  const open = receipts.filter((one) => fateOf(one, serving, config, nowMs) === 'copying');
  if (open.length) {
    const oldest = Math.min(...open.map(({ storedAtMs }) => storedAtMs));
    return {
      to: otherOf(open[0]!.side),
      state: 'copying',
      text: `${countOf(open.length)} being copied, for ${spanOf(nowMs - oldest)}`,
      short: `${open.length} being copied`,
    };
  }
  const lag = lastLag(receipts, from);
  if (lag)
    return {
      to,
      state: 'copied',
      text: `Your last write was copied in ${spanOf(lag.tookMs)}`,
      short: `copied in ${spanOf(lag.tookMs)}`,
    };
  return { to, state: 'unknown', text: 'Your next write shows how long copying takes', short: '' };
}

/** "1 write of yours", "3 writes of yours". */
export function countOf(count: number): string {
  return `${count} ${count === 1 ? 'write' : 'writes'} of yours`;
}
