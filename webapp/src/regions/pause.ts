// Since when a Region writes, and for how long nobody could: what this page saw, and the times in the records. Pure.
import type { Config, Side } from '../backend/config.ts';
import type { StateRecord } from '../backend/state.ts';
import { reachOf } from './health.ts';
import type { Serving } from './serving.ts';
import { writableSide } from './serving.ts';

/** A time in which nobody could write, for all that this page knows. */
export interface Pause {
  fromMs: number;
  /** When a Region could write again; null while none can. */
  untilMs: number | null;
  /** Of the record that began or ended it. */
  epoch: number;
  /** Whether this page has written since. */
  hasWrite: boolean;
}

/** Who writes (null: nobody), since when, and how long nobody could before that (null: unknown). */
export interface Writing {
  side: Side | null;
  sinceMs: number;
  pauseMs: number | null;
}

/** The last pause, as it is known after a change of what is served; null if there was none. */
export function pauseAfter(
  pause: Pause | null,
  before: Serving,
  after: Serving,
  config: Config,
  atMs: number,
): Pause | null {
  const { record } = after;
  if (!record) return pause;
  const isOpen = pause?.untilMs === null;
  const [was, is] = [writerOf(before, config), writerOf(after, config)];
  const heardAtMs = was && before.health[was].answeredAtMs;
  const begun = (fromMs: number): Pause => ({ fromMs, untilMs: null, epoch: record.epoch, hasWrite: false });
  if (is) {
    const open = isOpen ? pause : was !== is && heardAtMs !== null && begun(heardAtMs);
    return open ? { ...open, untilMs: setAt(record, open.fromMs, atMs) ?? atMs, epoch: record.epoch } : pause;
  }
  if (isOpen) return pause;
  const writable = writableSide(after, config);
  const fromMs = writable
    ? reachOf(after.health[writable]) === 'lost' && after.health[writable].answeredAtMs
    : (setAt(record, heardAtMs ?? 0, atMs) ?? heardAtMs);
  return typeof fromMs === 'number' ? begun(fromMs) : pause;
}

/** Who writes now, if that and since when is known. */
export function writingOf(serving: Serving, pause: Pause | null, config: Config): Writing | null {
  const { record, isOffline, isSignInLost } = serving;
  if (!record || isOffline || isSignInLost) return null;
  const side = writerOf(serving, config);
  if (!side) return pause?.untilMs === null ? { side, sinceMs: pause.fromMs, pauseMs: null } : null;
  if (pause?.untilMs && pause.epoch === record.epoch) {
    return { side, sinceMs: pause.untilMs, pauseMs: pause.untilMs - pause.fromMs };
  }
  const sinceMs = Date.parse(record.updatedAt ?? '');
  return Number.isNaN(sinceMs) ? null : { side, sinceMs, pauseMs: null };
}

/** The Region that can write: the state says so, and it answers. */
function writerOf(serving: Serving, config: Config): Side | null {
  const side = writableSide(serving, config);
  return side && reachOf(serving.health[side]) === 'answers' ? side : null;
}

/** When the state was set, if that fits what this page saw: its clock and AWS's may differ. */
function setAt({ updatedAt }: StateRecord, fromMs: number, toMs: number): number | null {
  const ms = Date.parse(updatedAt ?? '');
  return ms >= fromMs && ms <= toMs ? ms : null;
}
