import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place, Side } from '../backend/config.ts';
import { NotWritable } from '../backend/errors.ts';
import { HttpError } from '../backend/http.ts';
import type { Comment, Photo } from '../backend/photos.ts';
import { CommentOutbox } from './commentOutbox.ts';
import { DisplayName } from './displayName.ts';
import type { Receipt } from './receipts.ts';

const photo = { photoId: 'p' } as Photo;

function setUp(failures: Error[]) {
  const posted: string[] = [];
  const deleted: string[] = [];
  const authors: string[] = [];
  const name = new DisplayName('ada', { getItem: () => null, setItem: () => {} }, '');
  const receipts: Receipt[] = [];
  const outbox = new CommentOutbox({
    name,
    watcher: {
      write: async <T>(work: (place: Place) => Promise<T>): Promise<{ value: T; side: Side }> => {
        const failure = failures.shift();
        if (failure) throw failure;
        return { value: await work({} as Place), side: 'secondary' };
      },
    },
    receipts: { add: (receipt) => receipts.push(receipt) },
    post: (_, __, comment: Comment) => {
      posted.push(comment.commentId);
      authors.push(comment.user);
      return Promise.resolve(comment);
    },
    onPhotoDeleted: (photoId) => void deleted.push(photoId),
  });
  const shown = () => outbox.outgoing.current().map(({ status, problem }) => [status, problem]);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { outbox, name, posted, authors, deleted, receipts, shown, settled };
}

test('an acknowledged comment leaves a receipt of where it was stored', async () => {
  const { outbox, receipts, shown } = setUp([]);
  await outbox.post(photo, 'hello');
  assert.deepEqual(shown(), []);
  assert.deepEqual([receipts[0]!.kind, receipts[0]!.side, receipts[0]!.copiedAtMs], ['comment', 'secondary', null]);
});

test('what a fence or a lost Region held up is sent once writes are accepted, under the same id', async () => {
  for (const failure of [new NotWritable('fenced'), new HttpError(0, 'Timeout', 'no answer')]) {
    const { outbox, posted, shown, settled } = setUp([failure]);
    await outbox.post(photo, 'patient');
    assert.deepEqual(shown(), [['waiting', failure.message]]);
    const { commentId } = outbox.outgoing.current()[0]!.comment;
    outbox.resume();
    await settled();
    assert.deepEqual([shown(), posted], [[], [commentId]]);
  }
});

test('a comment that is refused after the fence is gone already, for it was sent before, goes once more', async () => {
  const { outbox, posted, shown } = setUp([new NotWritable('fenced')]);
  const sent = outbox.post(photo, 'late');
  outbox.resume();
  await sent;
  assert.deepEqual([shown(), posted.length], [[], 1]);
});

test('what the server refused is kept, and sent again only on request', async () => {
  const { outbox, posted, shown, settled } = setUp([new HttpError(503, 'Busy', 'Too busy.')]);
  await outbox.post(photo, 'refused');
  outbox.resume();
  await settled();
  assert.deepEqual([shown(), posted], [[['failed', 'Too busy.']], []]);
  await outbox.retry(outbox.outgoing.current()[0]!.comment.commentId);
  assert.deepEqual([shown(), posted.length], [[], 1]);
});

test('a name that belongs to somebody else: the comment waits for another one, then goes by itself', async () => {
  const taken = () => new HttpError(409, 'NameTaken', 'taken');
  const { outbox, name, posted, authors, shown, settled } = setUp([taken()]);
  await outbox.post(photo, 'whose?');
  assert.deepEqual(shown(), [['unnamed', 'The name “ada” belongs to somebody else.']]);
  const { commentId } = outbox.outgoing.current()[0]!.comment;
  outbox.resume();
  await settled();
  assert.deepEqual(shown().length, 1);
  name.choose('Ada L.');
  await settled();
  assert.deepEqual([shown(), posted, authors], [[], [commentId], ['Ada L.']]);
});

test('a comment that is refused under a name that was replaced meanwhile goes under the new one', async () => {
  const { outbox, name, authors, shown } = setUp([new HttpError(409, 'NameTaken', 'taken')]);
  const sent = outbox.post(photo, 'late');
  name.choose('Ada L.');
  await sent;
  assert.deepEqual([shown(), authors], [[], ['Ada L.']]);
});

test('a comment on a deleted photo is kept, and nobody is asked to try again', async () => {
  const { outbox, deleted, shown } = setUp([new HttpError(410, 'PhotoDeleted', 'This photo was deleted.')]);
  await outbox.post(photo, 'too late');
  assert.deepEqual([shown(), deleted], [[['failed', 'This photo was deleted.']], ['p']]);
  assert.equal(outbox.outgoing.current()[0]!.isRejected, true);
});
