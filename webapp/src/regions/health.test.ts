import assert from 'node:assert/strict';
import { test } from 'node:test';
import { POLL_MS, reachOf, UNKNOWN, withAnswer } from './health.ts';
import { active } from './testing.ts';

const heard = withAnswer(UNKNOWN, { record: active, atMs: 1_000, tookMs: 80 });
const missed = (count: number, tookMs = 5) =>
  Array.from({ length: count }).reduce<typeof heard>(
    (health, _, index) => withAnswer(health, { record: null, atMs: 2_000 + index, tookMs }),
    heard,
  );

test('one slow or missing answer decides nothing', () => {
  assert.equal(reachOf(missed(1)), 'answers');
  assert.equal(reachOf(missed(1, 7_000)), 'answers');
  assert.equal(reachOf(missed(3)), 'answers');
});

test('a Region that misses several polls in a row is lost', () => {
  assert.equal(reachOf(missed(4)), 'lost');
});

test('a request that hangs misses all polls of its time', () => {
  assert.equal(reachOf(missed(2, 3 * POLL_MS)), 'lost');
});

test('one answer ends the loss, and says since when the Region answers again', () => {
  const back = withAnswer(missed(4), { record: active, atMs: 9_000, tookMs: 80 });
  assert.equal(reachOf(back), 'answers');
  assert.equal(back.answersSinceMs, 9_000);
  assert.equal(withAnswer(back, { record: active, atMs: 12_000, tookMs: 80 }).answersSinceMs, 9_000);
  assert.equal(withAnswer(missed(2), { record: active, atMs: 12_000, tookMs: 80 }).answersSinceMs, 1_000);
});

test('constant latency of three seconds is a Region that answers', () => {
  const slow = Array.from({ length: 50 }).reduce<typeof heard>(
    (health, _, index) => withAnswer(health, { record: active, atMs: index * 5_500, tookMs: 3_000 }),
    UNKNOWN,
  );
  assert.equal(reachOf(slow), 'answers');
  assert.equal(slow.samples.length, 32);
  assert.ok(slow.samples.every((ms) => ms === 3_000));
});

test('a Region that never answered is being checked, then lost', () => {
  const once = withAnswer(UNKNOWN, { record: null, atMs: 0, tookMs: 5 });
  assert.equal(reachOf(once), 'checking');
  assert.equal(reachOf({ ...once, missed: 4 }), 'lost');
});
