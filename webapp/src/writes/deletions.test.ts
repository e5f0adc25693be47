import { QueryClient } from '@tanstack/react-query';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place, Side } from '../backend/config.ts';
import { HttpError } from '../backend/http.ts';
import type { Page, Photo } from '../backend/photos.ts';
import { config } from '../regions/testing.ts';
import { Deletions } from './deletions.ts';
import type { Receipt } from './receipts.ts';

const photo = (photoId: string) => ({ photoId }) as Photo;
const page = (ids: string): Page<Photo> => ({ entries: [...ids].map(photo), nextToken: null });
const ids = ({ entries }: Page<Photo>) => entries.map(({ photoId }) => photoId).join('');

function setUp(failure?: Error, receipts: Receipt[] = []) {
  const forgotten: string[] = [];
  const asked: string[] = [];
  const queries = new QueryClient();
  queries.setQueryData(['photos', 'east', 'newest'], page('dcb'));
  queries.setQueryData(['photos', 'west', 'pages'], { pages: [page('dc'), page('ba')], pageParams: [null, 'x'] });
  const deletions = new Deletions({
    queries,
    watcher: {
      write: async <T>(work: (place: Place) => Promise<T>): Promise<{ value: T; side: Side }> => ({
        value: await work(config.primary),
        side: 'primary',
      }),
    },
    receipts: { ofPhoto: () => receipts[0], forget: (photoId) => void forgotten.push(photoId) },
    config,
    send: (place, photoId) => {
      asked.push(`${place.region} ${photoId}`);
      return failure ? Promise.reject(failure) : Promise.resolve();
    },
  });
  const shown = () => [
    ids(queries.getQueryData<Page<Photo>>(['photos', 'east', 'newest'])!),
    ...queries.getQueryData<{ pages: Page<Photo>[] }>(['photos', 'west', 'pages'])!.pages.map(ids),
  ];
  return { deletions, forgotten, asked, shown };
}

test('a photo that was deleted disappears from every list, and its receipts with it', async () => {
  const { deletions, forgotten, asked, shown } = setUp();
  await deletions.delete(photo('c'));
  assert.deepEqual([asked, shown(), forgotten], [['east c'], ['db', 'd', 'ba'], ['c']]);
});

test('a photo that is already gone is as good as deleted', async () => {
  for (const status of [404, 410]) {
    const { deletions, shown } = setUp(new HttpError(status, 'PhotoDeleted', 'gone'));
    await deletions.delete(photo('c'));
    assert.deepEqual(shown(), ['db', 'd', 'ba']);
  }
});

test('a photo that its Region has not received yet is not called deleted', async () => {
  const there = { kind: 'photo', photo: photo('c'), side: 'secondary', storedAtMs: 0, copiedAtMs: null } as Receipt;
  const { deletions, shown } = setUp(new HttpError(404, 'NotFound', 'unknown'), [there]);
  await assert.rejects(deletions.delete(photo('c')), /Not deleted: east does not have this photo yet/);
  assert.deepEqual(shown(), ['dcb', 'dc', 'ba']);
});

test("another author's photo stays, and the reason is said", async () => {
  const { deletions, forgotten, shown } = setUp(new HttpError(403, 'NotAuthor', 'Only its author may delete it.'));
  await assert.rejects(deletions.delete(photo('c')), /Only the person who added this photo may delete it/);
  assert.deepEqual([shown(), forgotten], [['dcb', 'dc', 'ba'], []]);
});
