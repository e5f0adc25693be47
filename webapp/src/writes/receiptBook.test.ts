import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { active, after, config, failover, lost } from '../regions/testing.ts';
import { KeptStore, Store } from '../store.ts';
import { ReceiptBook } from './receiptBook.ts';
import type { Receipt } from './receipts.ts';
import { idOf } from './receipts.ts';

const both = after([
  ['primary', active],
  ['secondary', active],
]);

class Memory {
  readonly kept = new Map<string, string>();
  getItem = (key: string) => this.kept.get(key) ?? null;
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

function setUp(storage = new Memory()) {
  const there = new Set<string>();
  const asked: string[] = [];
  const find = (place: Place, ids: string[]) => {
    asked.push(`${place.region} ${ids.join()}`);
    return Promise.resolve(ids.filter((id) => there.has(id)));
  };
  const serving = new Store(both);
  const book = new ReceiptBook({
    config,
    serving,
    photosThere: find,
    commentsThere: (place, _, ids) => find(place, ids),
    receipts: new KeptStore([], storage, 'key'),
  });
  return { book, serving, there, asked, storage };
}

const photo = (photoId: string): Receipt => ({
  kind: 'photo',
  photo: { photoId, title: photoId } as Photo,
  side: 'primary',
  storedAtMs: Date.now(),
  copiedAtMs: null,
});
const comment = (commentId: string): Receipt => {
  const { photo: of } = photo('p');
  const value = { commentId, user: 'ada', message: commentId, createdAt: '' };
  return { kind: 'comment', photo: of, comment: value, side: 'primary', storedAtMs: Date.now(), copiedAtMs: null };
};

test('the other Region is asked once for all photos, and once for the comments of each photo', async () => {
  const { book, there, asked } = setUp();
  ['a', 'b'].forEach((id) => book.add(photo(id)));
  ['c', 'd'].forEach((id) => book.add(comment(id)));
  there.add('b').add('d');
  await book.check();
  assert.deepEqual(asked, ['west a,b', 'west c,d']);
  assert.deepEqual(
    book.receipts.current().map(({ copiedAtMs }) => copiedAtMs !== null),
    [false, true, false, true],
  );
});

test('a lost Region is not asked; what it lacks is kept, and found when it answers again', async () => {
  const { book, serving, there, asked } = setUp();
  book.add(photo('a'));
  serving.set(after(lost('secondary'), both));
  await book.check();
  assert.deepEqual(asked, []);
  serving.set(both);
  there.add('a');
  await book.check();
  assert.notEqual(book.receipts.current()[0]!.copiedAtMs, null);
});

test('a write that an unplanned failover left behind stays marked when its copy comes', async () => {
  const { book, serving, there } = setUp();
  book.add(photo('a'));
  serving.set(after([['secondary', failover]], after(lost('primary'), both)));
  await book.check();
  assert.equal(book.receipts.current()[0]!.wasHeldUp, true);
  there.add('a');
  await book.check();
  assert.equal(book.receipts.current()[0]!.wasHeldUp, true);
  assert.notEqual(book.receipts.current()[0]!.copiedAtMs, null);
});

test('a write is marked as held up as soon as the page says so, however soon the lost Region is back', () => {
  const { book, serving } = setUp();
  serving.set(after(lost('secondary'), both));
  book.add(photo('a'));
  assert.equal(book.receipts.current()[0]!.wasHeldUp, true);
});

test('receipts outlive a reload', () => {
  const { book, storage } = setUp();
  book.add(photo('a'));
  assert.deepEqual(setUp(storage).book.receipts.current(), book.receipts.current());
});

test('of a deleted photo nothing is kept: no receipt, no file, no comment of it', () => {
  const { book, storage } = setUp();
  book.add(photo('p'), new File([], 'p'));
  book.add(photo('q'));
  book.add(comment('c'));
  book.forget('p');
  assert.deepEqual([book.receipts.current().map(idOf), book.files.size], [['q'], 0]);
  assert.deepEqual(setUp(storage).book.receipts.current().map(idOf), ['q']);
});
