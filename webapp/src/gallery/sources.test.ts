import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxSources, gridSources } from './sources.ts';

const all = { thumbnail: 't', large: 'l', full: 'f' };
const small = { thumbnail: 't', large: 'f', full: 'f' };
const names = (sources: { src: string; srcSet?: string }[]) => sources.map(({ src, srcSet }) => srcSet ?? src);

test('a dense screen may choose the larger rendition; if one is missing, the next is tried', () => {
  assert.deepEqual(names(gridSources(all, 1.5)), ['t 320w, l 1600w', 't', 'f']);
  assert.deepEqual(names(gridSources(all, 0.5)), ['t 160w, l 800w', 't', 'f']);
  assert.deepEqual(names(gridSources(small, 1.5)), ['t', 'f']);
});

test('the light box loads the photo itself only to show each pixel, or if it is all there is', () => {
  assert.deepEqual(names(boxSources(all, false)), ['l', 'f']);
  assert.deepEqual(names(boxSources(all, true)), ['f']);
  assert.deepEqual(names(boxSources(small, false)), ['f']);
});
