import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from './backend/config.ts';
import { bannerOf, learn, mayWrite, needsSecondary } from './serving.ts';
import type { Serving, StateRecord } from './serving.ts';

const place = (region: string) => ({ region, routingLayerUrl: '', photosUrl: '', objectStoreUrl: '' });
const config = { uiRegion: 'east', primary: place('east'), secondary: place('west') } as Config;

const active: StateRecord = { state: 'active', writableRegion: 'east', epoch: 3 };
const fenced: StateRecord = { state: 'fenced', writableRegion: 'none', epoch: 4 };
const failover: StateRecord = { state: 'failover', writableRegion: 'west', epoch: 5 };

const at = (side: Serving['side'], primary: StateRecord | null, secondary?: StateRecord | null): Serving =>
  learn(learn({ side, record: null, answers: { primary: true, secondary: true } }, { primary, secondary }, config), { primary, secondary }, config);

const kind = (serving: Serving) => bannerOf(serving, config)?.kind ?? null;

test('a page that opens uses the writable Region', () => {
  assert.equal(learn(null, { primary: active, secondary: undefined }, config).side, 'primary');
  assert.equal(learn(null, { primary: failover, secondary: undefined }, config).side, 'secondary');
  assert.equal(learn(null, { primary: fenced, secondary: undefined }, config).side, 'primary');
});

test('a page that opens without the primary uses the secondary, at least for reading', () => {
  const serving = learn(null, { primary: null, secondary: active }, config);
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'region-lost');
});

test('an open page stays in its Region until its user switches', () => {
  const serving = at('primary', failover);
  assert.equal(serving.side, 'primary');
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual([kind(serving), bannerOf(serving, config)?.to], ['moved', 'secondary']);
});

test('the highest epoch counts, whichever Region answers', () => {
  assert.equal(at('primary', active, failover).record, failover);
  assert.equal(at('secondary', failover, active).record, failover);
});

test('after an outdated answer the secondary is asked', () => {
  assert.equal(needsSecondary(at('primary', fenced), active), true);
  assert.equal(needsSecondary(at('primary', active), fenced), false);
  assert.equal(needsSecondary(null, null), true);
});

test('fenced: no writes, whichever Region the page uses', () => {
  for (const side of ['primary', 'secondary'] as const) {
    const serving = at(side, fenced, fenced);
    assert.equal(mayWrite(serving, config), false);
    assert.equal(kind(serving), 'fenced');
  }
});

test('active in the primary: writes, and no banner', () => {
  assert.equal(mayWrite(at('primary', active), config), true);
  assert.equal(kind(at('primary', active)), null);
});

test('the writable Region is lost: the banner offers the other one for reading', () => {
  const serving = at('primary', null, active);
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual([kind(serving), bannerOf(serving, config)?.to], ['region-lost', 'secondary']);
  assert.equal(bannerOf(at('secondary', null, active), config)?.to, undefined);
  assert.deepEqual([kind(at('secondary', failover, null)), bannerOf(at('secondary', failover, null), config)?.to], ['region-lost', 'primary']);
});

test('working in the secondary without the primary: writes continue, and the banner warns about sign-in', () => {
  const serving = at('secondary', null, failover);
  assert.equal(mayWrite(serving, config), true);
  assert.equal(kind(serving), 'sign-in-region');
});

test('no Region responds: unreachable, no writes, the Region is kept', () => {
  const serving = at('secondary', null, null);
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'unreachable');
});

test('a session that cannot be renewed is not reported as lost Regions', () => {
  const banner = bannerOf({ ...at('secondary', null, null), isSignInLost: true }, config);
  assert.match(banner!.text, /session must be renewed, but the sign-in service in east/);
});
