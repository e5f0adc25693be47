import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Photo } from '../backend/photos.ts';
import { NOTHING_YET, revealed } from './revealed.ts';

const photos = [...'gfedcba'].map((photoId) => ({ photoId }) as Photo);
const known = (ids: string) => new Map([...ids].map((id) => [id, 1.5]));
const ids = (found: { shown: Photo[] }) => found.shown.map(({ photoId }) => photoId).join('');

test('at first, photos appear in their order only', () => {
  const first = revealed(photos, known('gfd'), NOTHING_YET);
  assert.deepEqual([ids(first), first.oldest], ['gf', 'f']);
  assert.equal(ids(revealed(photos, known('fed'), NOTHING_YET)), '');
});

test('older ones join at the end, newer ones on top when they are known', () => {
  const later = revealed(photos, known('edba'), 'd');
  assert.deepEqual([ids(later), later.oldest], ['ed', 'd']);
  const newer = revealed(photos, known('gedcba'), 'd');
  assert.deepEqual([ids(newer), newer.oldest], ['gedcba', 'a']);
});
