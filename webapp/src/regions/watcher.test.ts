import { onlineManager, QueryClient } from '@tanstack/react-query';
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { NotRenewed, NotWritable, SignedOut } from '../backend/errors.ts';
import { HttpError } from '../backend/http.ts';
import type { StateRecord } from '../backend/state.ts';
import { Store } from '../store.ts';
import { reachOf } from './health.ts';
import { NO_HISTORY } from './history.ts';
import { active, config, failover, fenced } from './testing.ts';
import { Watcher } from './watcher.ts';

type Replies = Record<string, StateRecord | null | Error>;

function setUp(replies: Replies) {
  const asked: string[] = [];
  const signedOut: string[] = [];
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } });
  const watcher = new Watcher({
    config,
    queries,
    ask: async (_, { region }) => {
      asked.push(region);
      const reply = await Promise.resolve(replies[region] ?? null);
      if (reply instanceof Error) throw reply;
      return reply;
    },
    isFollowing: true,
    sessionUntilMs: () => null,
    history: new Store(NO_HISTORY),
    onSignedOut: () => signedOut.push('yes'),
  });
  return { watcher, replies, asked, signedOut };
}

afterEach(() => onlineManager.setOnline(true));

test('both Regions are asked, and concurrent refreshes share their requests', async () => {
  const { watcher, asked } = setUp({ east: active, west: active });
  await Promise.all([watcher.refresh(), watcher.refresh()]);
  assert.deepEqual(asked, ['east', 'west']);
  assert.equal(watcher.serving.current().side, 'primary');
});

test('a write goes to the writable Region, and its place is returned', async () => {
  const { watcher } = setUp({ east: failover, west: failover });
  await watcher.refresh();
  assert.deepEqual(await watcher.write(({ region }) => Promise.resolve(region)), { value: 'west', side: 'secondary' });
});

test('nothing is sent while the application is fenced', async () => {
  const { watcher } = setUp({ east: fenced, west: fenced });
  await watcher.refresh();
  await assert.rejects(
    watcher.write(() => assert.fail('sent')),
    NotWritable,
  );
});

test('an answer that is fresh is not asked for again before a write', async () => {
  const { watcher, asked } = setUp({ east: active, west: active });
  await watcher.refresh();
  await watcher.write(() => Promise.resolve());
  assert.equal(asked.length, 2);
});

test('a write that the fence rejects is NotWritable, and both Regions are asked again', async () => {
  const { watcher, replies } = setUp({ east: active, west: active });
  await watcher.refresh();
  Object.assign(replies, { east: failover, west: failover });
  const rejection = new HttpError(409, 'RegionFenced', 'fenced');
  await assert.rejects(
    watcher.write(() => Promise.reject(rejection)),
    NotWritable,
  );
  await watcher.refresh();
  assert.equal(watcher.serving.current().side, 'secondary');
});

test('other failures of a write are handed on', async () => {
  const { watcher } = setUp({ east: active, west: active });
  await watcher.refresh();
  await assert.rejects(
    watcher.write(() => Promise.reject(new HttpError(400, 'Bad', 'bad'))),
    /bad/,
  );
});

test('a browser that is offline sends nothing, and blames no Region', async () => {
  const { watcher, replies } = setUp({ east: active, west: active });
  await watcher.refresh();
  replies['east'] = null;
  const refreshed = watcher.refresh();
  onlineManager.setOnline(false);
  await refreshed;
  assert.equal(reachOf(watcher.serving.current().health.primary), 'answers');
  assert.equal(watcher.serving.current().health.primary.missed, 0);
});

test('an expired session signs out; one that cannot be renewed is kept and reported', async () => {
  const expired = setUp({ east: new SignedOut('expired'), west: active });
  await expired.watcher.refresh();
  assert.deepEqual(expired.signedOut, ['yes']);
  const lost = setUp({ east: new NotRenewed('later'), west: new NotRenewed('later') });
  await lost.watcher.refresh();
  assert.equal(lost.watcher.serving.current().isSignInLost, true);
  Object.assign(lost.replies, { east: active, west: active });
  await lost.watcher.refresh();
  assert.equal(lost.watcher.serving.current().isSignInLost, false);
});

test('the switch to hold a Region, and back', async () => {
  const { watcher, replies } = setUp({ east: active, west: active });
  await watcher.refresh();
  watcher.follow(false);
  Object.assign(replies, { east: failover, west: failover });
  await watcher.refresh();
  assert.equal(watcher.serving.current().side, 'primary');
  watcher.follow(true);
  assert.equal(watcher.serving.current().side, 'secondary');
});
