import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpError } from './http.ts';
import { retried, retryAfterMs } from './retries.ts';

function setUp(failures: Error[], random = 0.5) {
  const slept: number[] = [];
  const sleep = (ms: number) => Promise.resolve(void slept.push(ms));
  const run = () =>
    retried(() => (failures.length ? Promise.reject(failures.shift()!) : Promise.resolve('done')), {
      sleep,
      random: () => random,
    });
  return { run, slept };
}
const busy = () => new HttpError(503, 'Busy', 'Too busy.', 1_000);

test('a failure that says when to try again is tried again, later each time', async () => {
  const { run, slept } = setUp([busy(), busy(), busy()]);
  assert.equal(await run(), 'done');
  assert.deepEqual(slept, [1_000, 2_000, 4_000]);
});

test('two pages that failed together do not try again together', async () => {
  const waits = [0, 0.999].map(async (random) => {
    const { run, slept } = setUp([busy()], random);
    await run();
    return Math.round(slept[0]!);
  });
  assert.deepEqual(await Promise.all(waits), [500, 1_499]);
});

test('the last failure is reported', async () => {
  const { run, slept } = setUp(Array.from({ length: 9 }, busy));
  await assert.rejects(run, /Too busy/);
  assert.equal(slept.length, 3);
});

test('a failure that does not say so is final', async () => {
  for (const error of [new HttpError(503, 'Failed', 'no'), new HttpError(0, 'Timeout', 'no'), new Error('no')]) {
    const { run, slept } = setUp([error]);
    await assert.rejects(run, error);
    assert.deepEqual(slept, []);
  }
});

test('only a reasonable number of seconds is a time to wait for', () => {
  assert.equal(retryAfterMs('1'), 1_000);
  assert.equal(retryAfterMs('86400'), 5_000);
  for (const header of [null, '', 'soon', '-1', '0', '1e3', 'Wed, 21 Oct 2026 07:28:00 GMT']) {
    assert.equal(retryAfterMs(header), null, String(header));
  }
});
