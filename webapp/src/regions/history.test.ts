import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { History } from './history.ts';
import { NO_HISTORY, withChange, withWrite } from './history.ts';
import { spanOf } from './span.ts';
import type { Serving } from './serving.ts';
import { active, after, config, failover, fenced, lost } from './testing.ts';

const both = after([
  ['primary', active, 9_000],
  ['secondary', active, 9_000],
]);
const change = (history: History, before: Serving, now: Serving, atMs: number) =>
  withChange(history, before, now, config, atMs);
const texts = ({ entries }: History) => entries.map(({ text }) => text);

test('opening the page is no event', () => {
  assert.deepEqual(texts(change(NO_HISTORY, after([]), both, 9_000)), []);
});

test('a planned failover: writing stops, the other Region takes over, and it is said how long that took', () => {
  const stopped = after([['primary', fenced, 11_000]], both);
  const over = after([['secondary', failover, 15_000]], stopped);
  let history = change(NO_HISTORY, both, stopped, 11_000);
  history = change(history, stopped, over, 15_000);
  history = withWrite(history, 'secondary', config, 20_000);
  assert.deepEqual(texts(history), [
    'Writing stopped in both Regions',
    'west took over writing: 6.0 s without writes',
    'This page moved to west',
    'First write accepted in west',
  ]);
  assert.equal(withWrite(history, 'secondary', config, 21_000), history);
});

test('a takeover while the page was being reloaded is told once the page knows of it', () => {
  const opened = change(NO_HISTORY, after([]), both, 9_000);
  const reloaded = after([]);
  const over = after([['secondary', failover, 15_000]], reloaded);
  const taken = change(opened, reloaded, over, 15_000);
  assert.deepEqual(texts(taken), ['west took over writing']);
  assert.deepEqual(texts(change(taken, reloaded, over, 16_000)), ['west took over writing']);
  const unwritten = change(change(opened, both, after(lost('primary'), both), 14_000), reloaded, over, 15_000);
  assert.deepEqual(texts(change(unwritten, reloaded, over, 16_000)), texts(unwritten));
  assert.deepEqual(texts(change(opened, reloaded, both, 15_000)), []);
});

test('writing that stopped before a reload, and goes on after it', () => {
  const opened = change(NO_HISTORY, after([]), both, 9_000);
  const stopped = change(opened, both, after([['primary', fenced, 11_000]], both), 11_000);
  const lifted = after([['primary', { ...active, epoch: 8 }, 15_000]]);
  assert.equal(texts(change(stopped, after([]), lifted, 15_000)).at(-1), 'east writes again: 6.0 s without writes');
});

test('a fence that is lifted, and a takeover after the page had moved for reading', () => {
  const opened = change(NO_HISTORY, after([]), both, 9_000);
  const stopped = after([['primary', fenced]], both);
  const again = after([['primary', { ...active, epoch: 8 }]], stopped);
  const lifted = change(change(opened, both, stopped, 1), stopped, again, 2);
  assert.deepEqual(texts(lifted), ['Writing stopped in both Regions', 'east writes again: 0 ms without writes']);
  const reading = after(lost('primary'), both);
  const over = after([['secondary', failover]], reading);
  const taken = change(change(opened, both, reading, 1), reading, over, 2);
  assert.equal(texts(taken).at(-1), 'west took over writing: 0 ms without writes');
});

test('a Region that is lost and comes back', () => {
  const gone = after(lost('secondary'), both);
  const back = after([['secondary', active, 69_000]], gone);
  const history = change(change(NO_HISTORY, both, gone, 20_000), gone, back, 69_000);
  assert.deepEqual(texts(history), ['west does not answer', 'west answers again after 60 s']);
});

test('the loss of the writable Region counts from its last answer', () => {
  const gone = after(lost('primary'), both);
  const over = after([['secondary', failover, 30_000]], gone);
  const history = change(change(NO_HISTORY, both, gone, 20_000), gone, over, 30_000);
  assert.equal(texts(history).at(-1), 'west took over writing: 21 s without writes');
});

test('the network of the browser', () => {
  const offline = { ...both, isOffline: true };
  const history = change(change(NO_HISTORY, both, offline, 1), offline, both, 2);
  assert.deepEqual(texts(history), ['This browser went offline', 'This browser is online again']);
});

test('spans are as exact as a reader needs them', () => {
  assert.deepEqual([0, 994, 996, 9_940, 11_400, 150_000, 7_300_000].map(spanOf), [
    '0 ms',
    '994 ms',
    '1.0 s',
    '9.9 s',
    '11 s',
    '3 min',
    '2 h',
  ]);
});
