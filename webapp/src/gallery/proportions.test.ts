import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Photo } from '../backend/photos.ts';
import { Proportions } from './proportions.ts';

const photo = (photoId: string) => ({ photoId }) as Photo;

test('each photo is measured once; those that end together are told together', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const proportions = new Proportions();
  const told: number[] = [];
  proportions.known.subscribe(() => told.push(proportions.known.current().size));
  const asked: string[] = [];
  const load = ({ photoId }: Photo) => {
    asked.push(photoId);
    return Promise.resolve(2);
  };
  proportions.measure([photo('a'), photo('b')], load);
  proportions.measure([photo('b')], load);
  await settled();
  t.mock.timers.tick(16);
  assert.deepEqual(asked, ['a', 'b']);
  assert.deepEqual(told, [2]);
  assert.equal(proportions.known.current().get('a'), 2);
});

test('a picture that is missing, late or empty gets proportions, and keeps them', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const proportions = new Proportions();
  const late = Promise.withResolvers<number>();
  proportions.measure([photo('missing')], () => Promise.reject(new Error('404')));
  proportions.measure([photo('empty')], () => Promise.resolve(0 / 0));
  proportions.measure([photo('late')], () => late.promise);
  await settled();
  t.mock.timers.tick(16);
  assert.deepEqual([...proportions.known.current().keys()], ['missing', 'empty']);
  t.mock.timers.tick(3_000);
  await settled();
  t.mock.timers.tick(16);
  late.resolve(0.5);
  await settled();
  t.mock.timers.tick(16);
  assert.deepEqual([...new Set(proportions.known.current().values())], [4 / 3]);
  assert.equal(proportions.known.current().size, 3);
});

/** Promises that are ready have been followed. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
