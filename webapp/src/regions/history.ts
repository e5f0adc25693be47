// What happened, as this page has seen it: an entry for each change of what is served. Pure.
import type { Config, Side } from '../backend/config.ts';
import { reachOf } from './health.ts';
import { cityOf } from './names.ts';
import type { Pause } from './pause.ts';
import { pauseAfter } from './pause.ts';
import type { Serving } from './serving.ts';
import { SIDES, writableSide } from './serving.ts';
import { spanOf } from './span.ts';

const ENTRIES_LIMIT = 100;

export interface Entry {
  atMs: number;
  text: string;
}

export interface History {
  /** Oldest first. */
  entries: readonly Entry[];
  /** The last time in which nobody could write. */
  pause: Pause | null;
  /** The Region that wrote last. */
  writer: Side | null;
  /** The state that was seen last lets no Region write. */
  isStopped: boolean;
}

export const NO_HISTORY: History = { entries: [], pause: null, writer: null, isStopped: false };

export function withChange(history: History, before: Serving, after: Serving, config: Config, atMs: number): History {
  const pause = pauseAfter(history.pause, before, after, config, atMs);
  const ended = pause?.untilMs && pause !== history.pause ? pause.untilMs - pause.fromMs : null;
  const texts = changes(history, before, after, config, atMs, ended);
  const last = writableSide(after, config) ?? history.writer;
  const isStopped = after.record ? writableSide(after, config) === null : history.isStopped;
  if (!texts.length && pause === history.pause && last === history.writer) return history;
  return { entries: texts.reduce(add(atMs), history.entries), pause, writer: last, isStopped };
}

/** A write was accepted: the first one after a pause is told. */
export function withWrite(history: History, side: Side, config: Config, atMs: number): History {
  const { entries, pause } = history;
  if (!pause || pause.hasWrite) return history;
  const text = `First write accepted in ${cityOf(config[side].region)}`;
  return { ...history, entries: add(atMs)(entries, text), pause: { ...pause, hasWrite: true } };
}

const add = (atMs: number) => (entries: readonly Entry[], text: string) =>
  [...entries, { atMs, text }].slice(-ENTRIES_LIMIT);

/** `pauseMs`: how long nobody could write, if that ends with this change. */
function changes(
  history: History,
  before: Serving,
  after: Serving,
  config: Config,
  atMs: number,
  pauseMs: number | null,
): string[] {
  const name = (side: Side) => cityOf(config[side].region);
  const texts: string[] = [];
  if (before.isOffline !== after.isOffline) {
    texts.push(after.isOffline ? 'This browser went offline' : 'This browser is online again');
  }
  for (const side of SIDES) {
    const [was, is] = [before.health[side], after.health[side]];
    if (reachOf(was) === 'lost' && reachOf(is) === 'answers') {
      const since = was.answeredAtMs === null ? '' : ` after ${spanOf(atMs - was.answeredAtMs)}`;
      texts.push(`${name(side)} answers again${since}`);
    }
    if (reachOf(was) !== 'lost' && reachOf(is) === 'lost') texts.push(`${name(side)} does not answer`);
  }
  const [was, is] = [writableSide(before, config), writableSide(after, config)];
  if (before.record && was && !is) texts.push('Writing stopped in both Regions');
  const { writer, isStopped } = history;
  // what the page saw before it was reloaded counts too
  const isChange = before.record ? is !== was : writer !== null && (is !== writer || isStopped);
  if (is && isChange) {
    const without = pauseMs === null ? '' : `: ${spanOf(pauseMs)} without writes`;
    texts.push(`${name(is)} ${is === writer ? 'writes again' : 'took over writing'}${without}`);
  }
  if (before.side && after.side && before.side !== after.side)
    texts.push(`This page ${is === after.side ? 'moved to' : 'reads in'} ${name(after.side)}`);
  return texts;
}
