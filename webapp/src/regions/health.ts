// How a Region answers, from the polls of its routing layer. Pure.
import type { StateRecord } from '../backend/state.ts';

export const POLL_MS = 2_500;

/** Polls that a Region must miss in a row before it counts as lost: one slow answer decides nothing. */
const MISSED_LIMIT = 4;
const SAMPLES = 32;

/** One request for the state; `record` null: no answer. */
export interface Answer {
  record: StateRecord | null;
  atMs: number;
  tookMs: number;
}

export interface Health {
  /** The newest record that this Region has returned. */
  record: StateRecord | null;
  answeredAtMs: number | null;
  /** Since when it has answered without being lost in between. */
  answersSinceMs: number | null;
  /** Polls missed in a row. */
  missed: number;
  /** What the last requests took, ms; null where none was answered. */
  samples: readonly (number | null)[];
}

/** Whether a Region can be reached, as far as is known. */
export type Reach = 'checking' | 'answers' | 'lost';

export const UNKNOWN: Health = { record: null, answeredAtMs: null, answersSinceMs: null, missed: 0, samples: [] };

export function withAnswer(health: Health, { record, atMs, tookMs }: Answer): Health {
  const samples = [...health.samples, record && tookMs].slice(-SAMPLES);
  // a request that hangs misses all polls of its time
  if (!record) return { ...health, missed: health.missed + Math.max(1, Math.floor(tookMs / POLL_MS)), samples };
  const answersSinceMs = reachOf(health) === 'answers' ? health.answersSinceMs : atMs;
  return { record, answeredAtMs: atMs, answersSinceMs, missed: 0, samples };
}

export function reachOf({ missed, answeredAtMs }: Health): Reach {
  if (missed >= MISSED_LIMIT) return 'lost';
  return answeredAtMs === null ? 'checking' : 'answers';
}
