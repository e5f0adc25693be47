import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StateRecord } from '../backend/state.ts';
import type { Pause } from './pause.ts';
import { pauseAfter, writingOf } from './pause.ts';
import type { Serving } from './serving.ts';
import { active, after, config, failover, fenced, lost } from './testing.ts';

const at = (record: StateRecord, ms: number): StateRecord => ({ ...record, updatedAt: new Date(ms).toISOString() });
const both = after([
  ['primary', at(active, 1_000), 9_000],
  ['secondary', at(active, 1_000), 9_000],
]);

/** What is known of the pause after each of these in turn, from a page that was just opened. */
function pauseOf(steps: [Serving, number][], pause: Pause | null = null): Pause | null {
  return steps.reduce(
    ([before, known], [now, atMs]): [Serving, Pause | null] => [now, pauseAfter(known, before, now, config, atMs)],
    [after([]), pause] as [Serving, Pause | null],
  )[1];
}
const writing = (serving: Serving, pause: Pause | null) => writingOf(serving, pause, config);

test('a Region that writes has done so since the state was set', () => {
  assert.deepEqual(writing(both, pauseOf([[both, 9_000]])), { side: 'primary', sinceMs: 1_000, pauseMs: null });
});

test('a planned failover: nobody writes from the fence to the switch', () => {
  const stopped = after([['primary', at(fenced, 10_200), 11_000]], both);
  const over = after([['secondary', at(failover, 14_500), 15_000]], stopped);
  const open = pauseOf([
    [both, 9_000],
    [stopped, 11_000],
  ]);
  assert.deepEqual(writing(stopped, open), { side: null, sinceMs: 10_200, pauseMs: null });
  const closed = pauseAfter(open, stopped, over, config, 15_000);
  assert.deepEqual(writing(over, closed), { side: 'secondary', sinceMs: 14_500, pauseMs: 4_300 });
});

test('an unplanned failover: nobody writes from the last answer of the lost Region to the switch', () => {
  const gone = after(lost('primary'), both);
  const over = after([['secondary', at(failover, 29_000), 30_000]], gone);
  const open = pauseOf([
    [both, 9_000],
    [gone, 20_000],
  ]);
  assert.deepEqual(writing(gone, open), { side: null, sinceMs: 9_000, pauseMs: null });
  const closed = pauseAfter(open, gone, over, config, 30_000);
  assert.deepEqual(writing(over, closed), { side: 'secondary', sinceMs: 29_000, pauseMs: 20_000 });
});

test('a takeover between two answers counts from the last one of the Region that wrote before', () => {
  const over = after([['secondary', at(failover, 11_000), 12_000]], both);
  const pause = pauseOf([
    [both, 9_000],
    [over, 12_000],
  ]);
  assert.deepEqual(writing(over, pause), { side: 'secondary', sinceMs: 11_000, pauseMs: 2_000 });
});

test('a Region that answers again after its loss writes since then', () => {
  const gone = after(lost('primary'), both);
  const back = after([['primary', at(active, 1_000), 25_000]], gone);
  const pause = pauseOf([
    [both, 9_000],
    [gone, 20_000],
    [back, 25_000],
  ]);
  assert.deepEqual(writing(back, pause), { side: 'primary', sinceMs: 25_000, pauseMs: 16_000 });
});

test('a clock that is off moves no time out of what this page saw', () => {
  const stopped = after([['primary', at(fenced, 900_000), 11_000]], both);
  const over = after([['secondary', at(failover, 2_000), 15_000]], stopped);
  const pause = pauseOf([
    [both, 9_000],
    [stopped, 11_000],
    [over, 15_000],
  ]);
  assert.deepEqual(writing(over, pause), { side: 'secondary', sinceMs: 15_000, pauseMs: 6_000 });
});

test('a page that is opened while nobody can write knows since when; one whose Region is lost does not', () => {
  const stopped = after([['secondary', at(fenced, 5_000), 11_000]]);
  assert.deepEqual(writing(stopped, pauseOf([[stopped, 11_000]])), { side: null, sinceMs: 5_000, pauseMs: null });
  const late = after([...lost('primary'), ['secondary', at(active, 1_000), 11_000]]);
  assert.equal(writing(late, pauseOf([[late, 11_000]])), null);
});

test('a pause goes on over a reload; one before changes that this page did not see is not told', () => {
  const stopped = after([['primary', at(fenced, 10_200), 11_000]], both);
  const open = pauseOf([
    [both, 9_000],
    [stopped, 11_000],
  ]);
  const reloaded = after([['secondary', at(failover, 14_500), 15_000]]);
  const closed = pauseOf([[reloaded, 15_000]], open);
  assert.deepEqual(writing(reloaded, closed), { side: 'secondary', sinceMs: 14_500, pauseMs: 4_300 });
  const later = after([['primary', at({ ...active, epoch: 12 }, 70_000), 80_000]]);
  assert.deepEqual(writing(later, pauseOf([[later, 80_000]], closed)), {
    side: 'primary',
    sinceMs: 70_000,
    pauseMs: null,
  });
});

test('a second pause is counted on its own, whether or not something was written in between', () => {
  const stopped = after([['primary', at(fenced, 10_200), 11_000]], both);
  const again = after([['primary', at({ ...active, epoch: 8 }, 12_000), 13_000]], stopped);
  const twice = after([['primary', at({ ...fenced, epoch: 10 }, 33_000), 34_000]], again);
  const pause = pauseOf([
    [both, 9_000],
    [stopped, 11_000],
    [again, 13_000],
    [twice, 34_000],
  ]);
  assert.deepEqual(writing(twice, pause), { side: null, sinceMs: 33_000, pauseMs: null });
});

test('nothing is said while nothing is known: offline, no sign-in, no answer yet', () => {
  for (const unknown of [{ ...both, isOffline: true }, { ...both, isSignInLost: true }, after([])]) {
    assert.equal(writing(unknown, null), null);
  }
  const early = after([['secondary', at(active, 1_000), 9_000]]);
  assert.equal(writing(early, pauseOf([[early, 9_000]])), null);
});
