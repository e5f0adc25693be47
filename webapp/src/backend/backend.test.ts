import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnTime, signingTime } from './clock.ts';
import { parseConfig } from './config.ts';
import { presign } from './http.ts';
import { uuid7 } from './ids.ts';
import { bytesOf, fileProblem, hasText, titleOf, userOf } from './limits.ts';

const place = (region: string) => ({
  region,
  routingLayerUrl: 'https://a.example/prod',
  photosUrl: 'https://b.example/prod',
  objectStoreUrl: 'https://c.example',
});
const config = {
  schemaVersion: 1,
  appId: 'a',
  userPoolId: 'p',
  userPoolClientId: 'c',
  identityPoolId: 'i',
  uiRegion: 'east',
  userPoolEndpoint: 'https://u.example/',
  identityPoolEndpoint: 'https://i.example/',
  primary: place('east'),
  secondary: place('west'),
};

test('a complete configuration is accepted', () => {
  assert.deepEqual(parseConfig(config), config);
});

test('an error names what is wrong with a configuration', () => {
  assert.throws(() => parseConfig(null), /document is missing/);
  assert.throws(() => parseConfig({ ...config, schemaVersion: 2 }), /schemaVersion/);
  assert.throws(() => parseConfig({ ...config, appId: '' }), /appId is missing/);
  assert.throws(
    () => parseConfig({ ...config, userPoolEndpoint: 'javascript:alert(1)' }),
    /userPoolEndpoint is not a URL/,
  );
  assert.throws(() => parseConfig({ ...config, secondary: undefined }), /secondary is missing/);
  assert.throws(() => parseConfig({ ...config, primary: { ...place('east'), photosUrl: 7 } }), /photosUrl is missing/);
});

test('ids are UUIDs of version 7, rising within a millisecond too', () => {
  const ids = Array.from({ length: 1000 }, () => uuid7(1_700_000_000_000));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(parseInt(uuid7(1_800_000_000_000).replaceAll('-', '').slice(0, 12), 16), 1_800_000_000_000);
});

test('files of a wrong size are rejected before they are read', () => {
  assert.equal(fileProblem({ size: 10 * 1024 * 1024 }), null);
  assert.match(fileProblem({ size: 10 * 1024 * 1024 + 1 })!, /Larger than 10 MB/);
  assert.match(fileProblem({ size: 0 })!, /empty/);
});

test('titles are file names without suffix, cut to their limit between characters', () => {
  assert.equal(titleOf('holiday.in.rome.jpg'), 'holiday.in.rome');
  assert.equal(titleOf('.hidden'), '.hidden');
  assert.equal(titleOf('   '), 'Untitled');
  assert.equal(bytesOf(titleOf('🛰'.repeat(200))), 256);
  assert.equal(bytesOf(titleOf('a' + '🛰'.repeat(200))), 253);
  assert.equal(userOf('é'.repeat(100)), 'é'.repeat(64));
});

test("only a rejected signature returns AWS's time", () => {
  const at = Date.UTC(2026, 10, 23, 13, 44, 37);
  assert.equal(learnTime('Forbidden', at), false);
  assert.equal(learnTime('Signature expired: nobody knows', at), false);
  assert.equal(
    learnTime(
      'Signature expired: 20261123T132437Z is now earlier than 20261123T133937Z (20261123T134437Z - 5 min.)',
      at - 1_200_000,
    ),
    true,
  );
  const signed = Date.parse(signingTime().replace(/(.{4})(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
  assert.ok(Math.abs(signed - Date.now() - 1_200_000) < 2_000);
});

test('addresses of objects stay the same for a quarter of an hour, and change then', async () => {
  const keys = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };
  const sign = (method: 'GET' | 'PUT') => presign(keys, 'east', method, 'https://c.example/public/x');
  const dateOf = async (method: 'GET' | 'PUT') => new URL(await sign(method)).searchParams.get('X-Amz-Date')!;
  assert.match(await dateOf('GET'), /T\d\d(00|15|30|45)00Z$/);
  assert.equal(signingTime(15 * 60_000), await dateOf('GET'));
  assert.equal((await dateOf('PUT')).length, 16);
});

test('a text of characters without a shape is no comment', () => {
  for (const text of ['', ' \n\t', '\u200b', '\u200d\ufe0f \u00ad', '\u2800', '\u3164', '\u202e\u2066']) {
    assert.equal(hasText(text), false, JSON.stringify(text));
  }
  for (const text of ['a', ' ? ', '🛰', '👩‍👩‍👧', 'שלום', '\ufffd', '.']) assert.equal(hasText(text), true, text);
});
