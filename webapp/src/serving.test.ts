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

test('a page that opens goes where the application is writable', () => {
  assert.equal(learn(null, { primary: active, secondary: undefined }, config).side, 'primary');
  assert.equal(learn(null, { primary: failover, secondary: undefined }, config).side, 'secondary');
  assert.equal(learn(null, { primary: fenced, secondary: undefined }, config).side, 'primary');
});

test('a page that opens without the primary goes to the secondary, to read at least', () => {
  const serving = learn(null, { primary: null, secondary: active }, config);
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'region-lost');
});

test('an open page stays where it is until its user switches', () => {
  const serving = at('primary', failover);
  assert.equal(serving.side, 'primary');
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual([kind(serving), bannerOf(serving, config)?.to], ['moved', 'secondary']);
});

test('the highest epoch counts, whoever answers', () => {
  assert.equal(at('primary', active, failover).record, failover);
  assert.equal(at('secondary', failover, active).record, failover);
});

test('an answer older than what is known makes the secondary be asked', () => {
  assert.equal(needsSecondary(at('primary', fenced), active), true);
  assert.equal(needsSecondary(at('primary', active), fenced), false);
  assert.equal(needsSecondary(null, null), true);
});

test('fenced: nobody writes, wherever the page is', () => {
  for (const side of ['primary', 'secondary'] as const) {
    const serving = at(side, fenced, fenced);
    assert.equal(mayWrite(serving, config), false);
    assert.equal(kind(serving), 'fenced');
  }
});

test('active in the primary, and all well: writes, and no banner', () => {
  assert.equal(mayWrite(at('primary', active), config), true);
  assert.equal(kind(at('primary', active)), null);
});

test('the writable Region lost: says so and offers the other to read from', () => {
  const serving = at('primary', null, active);
  assert.equal(mayWrite(serving, config), false);
  assert.deepEqual([kind(serving), bannerOf(serving, config)?.to], ['region-lost', 'secondary']);
  assert.equal(bannerOf(at('secondary', null, active), config)?.to, undefined);
  assert.deepEqual([kind(at('secondary', failover, null)), bannerOf(at('secondary', failover, null), config)?.to], ['region-lost', 'primary']);
});

test('working in the secondary without the primary: writes go on, and sign-in is warned of', () => {
  const serving = at('secondary', null, failover);
  assert.equal(mayWrite(serving, config), true);
  assert.equal(kind(serving), 'sign-in-region');
});

test('nobody answers: unreachable, nothing is written, the place is kept', () => {
  const serving = at('secondary', null, null);
  assert.equal(serving.side, 'secondary');
  assert.equal(mayWrite(serving, config), false);
  assert.equal(kind(serving), 'unreachable');
});

test('a sign-in that cannot be renewed is said, not taken for lost Regions', () => {
  const banner = bannerOf({ ...at('secondary', null, null), isSignInLost: true }, config);
  assert.match(banner!.text, /sign-in has to be renewed, and east/);
});
