import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Photo } from '../backend/photos.ts';
import { openedOf } from './opened.ts';

const id = (letter: string) => `01900000-0000-7000-8000-00000000000${letter}`;
const photos = [...'eca'].map((letter) => ({ photoId: id(letter) }) as Photo);

test('a photo that is loaded is shown with its neighbours', () => {
  const [e, c, a] = photos as [Photo, Photo, Photo];
  const found = (photo: Photo, previous: Photo | null, next: Photo | null) => ({
    status: 'found',
    photo,
    previous,
    next,
  });
  assert.deepEqual(openedOf(id('e'), photos, true), found(e, null, c));
  assert.deepEqual(openedOf(id('c'), photos, true), found(c, e, a));
  assert.deepEqual(openedOf(id('a'), photos, false), found(a, c, null));
});

test('an older photo is searched for while more pages follow', () => {
  assert.equal(openedOf(id('0'), photos, true).status, 'searching');
  assert.equal(openedOf(id('0'), [], true).status, 'searching');
  assert.equal(openedOf(id('0'), photos, false).status, 'unknown');
});

test('a photo that its place in time has been passed without is unknown, as is what is no id', () => {
  assert.equal(openedOf(id('d'), photos, true).status, 'unknown');
  assert.equal(openedOf('<script>', photos, true).status, 'unknown');
});
