import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comment, Page, Photo } from '../backend/photos.ts';
import { commentsOf, photosOf } from './merging.ts';
import type { Receipt } from './receipts.ts';

const photo = (photoId: string) => ({ photoId }) as Photo;
const page = (ids: string, nextToken: string | null = 'more'): Page<Photo> => ({
  entries: [...ids].map(photo),
  nextToken,
});
const own = (photoId: string) => ({ kind: 'photo', photo: photo(photoId) }) as Receipt;
const ids = (photos: Photo[]) => photos.map(({ photoId }) => photoId).join('');

test('newest first, each photo once, own ones although no page has them', () => {
  assert.equal(ids(photosOf(page('gfe'), [page('fed'), page('cba', null)], [own('h'), own('g')])), 'hgfedcba');
});

test('what was pushed off the newest page is kept', () => {
  assert.equal(ids(photosOf(page('zyx'), [page('cba')], [])), 'zyxcba');
});

test('what the newest page no longer has is gone', () => {
  assert.equal(ids(photosOf(page('eca'), [page('edcba')], [])), 'eca');
  assert.equal(ids(photosOf(page('', null), [page('edc', null)], [])), '');
});

test('an own photo that both Regions had, and that the newest page lacks, was deleted', () => {
  const copied = (photoId: string, copiedAtMs: number | null) => ({ ...own(photoId), copiedAtMs });
  const asked = { ...page('hf'), askedAtMs: 50 };
  assert.equal(ids(photosOf(asked, [], [copied('g', 40)])), 'hf');
  assert.equal(ids(photosOf(asked, [], [copied('i', 40)])), 'hf');
  assert.equal(ids(photosOf(asked, [], [copied('g', 60)])), 'hgf');
  assert.equal(ids(photosOf(asked, [], [copied('g', null)])), 'hgf');
  assert.equal(ids(photosOf(asked, [], [copied('e', 40)])), 'hfe');
  assert.equal(ids(photosOf(undefined, [], [copied('g', 40)])), 'g');
});

test("a photo's comments: what was read, what was acknowledged, what is unsent; each once", () => {
  const comment = (commentId: string) => ({ commentId, message: commentId }) as Comment;
  const receipt = (id: string, photoId = '1') =>
    ({ kind: 'comment', photo: photo(photoId), comment: comment(id), copiedAtMs: null }) as Receipt;
  const outgoing = ['d', 'b'].map((id) => ({ photo: photo('1'), comment: comment(id), status: 'waiting' as const }));
  const shown = commentsOf(
    '1',
    [comment('a'), comment('b')],
    [receipt('b'), receipt('c'), receipt('x', '2')],
    outgoing,
  );
  assert.deepEqual(
    shown.map(({ commentId, status, receipt }) => [commentId, status, !!receipt]),
    [
      ['a', 'sent', false],
      ['b', 'sent', true],
      ['c', 'sent', true],
      ['d', 'waiting', false],
    ],
  );
});

test("comments follow the server's clock, not that of the browser that made their ids", () => {
  const comment = (commentId: string, createdAt: string) => ({ commentId, message: commentId, createdAt }) as Comment;
  const read = [comment('0 slow clock', '2026-02'), comment('1', '2026-01'), comment('2', '2026-01')];
  assert.deepEqual(
    commentsOf('1', read, [], []).map(({ commentId }) => commentId),
    ['1', '2', '0 slow clock'],
  );
});
