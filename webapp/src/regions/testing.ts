// What the tests of this project's Region logic share.
import type { Config } from '../backend/config.ts';
import type { Side } from '../backend/config.ts';
import type { StateRecord } from '../backend/state.ts';
import type { Serving } from './serving.ts';
import { learn, opening } from './serving.ts';

const place = (region: string) => ({ region, routingLayerUrl: '', photosUrl: '', objectStoreUrl: '' });

export const config = { uiRegion: 'east', primary: place('east'), secondary: place('west') } as Config;

export const active: StateRecord = { state: 'active', writableRegion: 'east', epoch: 4 };
export const fenced: StateRecord = { state: 'fenced', writableRegion: 'none', epoch: 6 };
export const failover: StateRecord = { state: 'failover', writableRegion: 'west', epoch: 7 };

type Step = [Side, StateRecord | null, number?];

/** What is known after these answers: a Region, its record (null: none), and when it came (ms, 1,000 apart by default). */
export function after(steps: Step[], before: Serving = { ...opening(true), isStarted: true }): Serving {
  return steps.reduce(
    (serving, [side, record, atMs], index) =>
      learn(serving, side, { record, atMs: atMs ?? 1_000 * (index + 1), tookMs: 20 }, config),
    before,
  );
}

/** A Region that misses so many polls that it is lost. */
export const lost = (side: Side): Step[] => Array.from({ length: 4 }, () => [side, null]);
