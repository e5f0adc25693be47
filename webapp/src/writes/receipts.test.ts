import assert from 'node:assert/strict';
import { test } from 'node:test';
import { active, after, config, failover, lost } from '../regions/testing.ts';
import { copyingOf } from './copying.ts';
import type { Receipt } from './receipts.ts';
import { fateOf, lastLag, textOf, trimmed } from './receipts.ts';

const receipt = (values: Partial<Receipt> = {}): Receipt =>
  ({
    kind: 'photo',
    photo: { photoId: '1', title: 'one' },
    side: 'primary',
    storedAtMs: 10_000,
    copiedAtMs: null,
    ...values,
  }) as Receipt;
const both = after([
  ['primary', active],
  ['secondary', active],
]);
const over = after([['secondary', failover]], after(lost('primary'), both));

test('a write on its way, and its copy', () => {
  assert.equal(fateOf(receipt(), both, config, 10_100), 'copying');
  const copied = receipt({ copiedAtMs: 10_600 });
  assert.equal(fateOf(copied, both, config, 11_000), 'copied');
  assert.equal(textOf(copied, 'copied', config), 'Saved in east, copied to west in 600 ms');
  assert.deepEqual(lastLag([copied], 'primary'), { tookMs: 600, atMs: 10_600 });
  assert.equal(lastLag([copied], 'secondary'), null);
});

test('the standby is lost: the copy waits', () => {
  const serving = after(lost('secondary'), both);
  assert.equal(fateOf(receipt(), serving, config, 20_000), 'paused');
  assert.equal(copyingOf([receipt()], serving, config, 20_000).state, 'stopped');
});

test('the Region that writes is lost before the copy: nothing is being copied', () => {
  const serving = after(lost('primary'), both);
  assert.equal(fateOf(receipt(), serving, config, 20_000), 'cut-off');
  assert.equal(textOf(receipt(), 'cut-off', config), 'Saved in east only, which does not respond');
});

test('after an unplanned failover a write without a copy is named, until its copy comes', () => {
  assert.equal(fateOf(receipt(), over, config, 60_000), 'stranded');
  assert.equal(textOf(receipt(), 'stranded', config), 'Stored in east, not copied before that Region was lost');
  const after1 = receipt({ wasHeldUp: true, copiedAtMs: 90_000 });
  assert.equal(textOf(after1, 'copied', config), 'Saved in east, copied to west after all');
  assert.equal(lastLag([after1], 'primary'), null);
});

test('a write that is not copied although its Region is back can be sent again', () => {
  const back = after([['primary', active, 100_000]], over);
  assert.equal(fateOf(receipt(), back, config, 110_000), 'copying');
  assert.equal(fateOf(receipt(), back, config, 170_000), 'missing');
});

test('copied receipts are limited, others never', () => {
  const many = Array.from({ length: 300 }, (_, index) => receipt({ copiedAtMs: index < 250 ? 1 : null }));
  const kept = trimmed(many);
  assert.equal(kept.length, 150);
  assert.equal(kept.filter(({ copiedAtMs }) => copiedAtMs === null).length, 50);
});

test('the arrow points from the Region that writes, and tells what is on its way', () => {
  const waiting = copyingOf([receipt(), receipt()], both, config, 13_000);
  assert.deepEqual(waiting, {
    to: 'secondary',
    state: 'copying',
    text: '2 writes of yours being copied, for 3.0 s',
    short: '2 being copied',
  });
  assert.equal(
    copyingOf([receipt({ copiedAtMs: 10_600 })], both, config, 13_000).text,
    'Your last write was copied in 600 ms',
  );
  const moved = after(
    [
      ['primary', failover],
      ['secondary', failover],
    ],
    both,
  );
  assert.deepEqual([copyingOf([], moved, config, 0).to, copyingOf([], moved, config, 0).state], ['primary', 'unknown']);
});
