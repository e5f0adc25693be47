import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Place, Side } from '../backend/config.ts';
import { NotWritable } from '../backend/errors.ts';
import type { Sending } from '../backend/http.ts';
import { HttpError } from '../backend/http.ts';
import type { Photo } from '../backend/photos.ts';
import type { Prepared } from '../images/prepare.ts';
import { Unreadable } from '../images/unreadable.ts';
import { DisplayName } from './displayName.ts';
import type { Receipt } from './receipts.ts';
import { bytesIn, UploadQueue } from './uploadQueue.ts';

const file = (name: string, size = 100) => new File([new Uint8Array(size)], name);
const blob = (size: number) => new Blob([new Uint8Array(size)]);
const settled = () => new Promise((resolve) => setTimeout(resolve));

interface Sent {
  photo: Pick<Photo, 'photoId' | 'title' | 'user'>;
  sending: Sending;
  end: (error?: Error) => void;
}

function setUp(failures: Error[] = []) {
  const sent: Sent[] = [];
  const receipts: Receipt[] = [];
  const later: (() => void)[] = [];
  const name = new DisplayName('ada', { getItem: () => null, setItem: () => {} }, '');
  const queue = new UploadQueue({
    name,
    watcher: {
      write: async <T>(work: (place: Place) => Promise<T>): Promise<{ value: T; side: Side }> => {
        const failure = failures.shift();
        if (failure) throw failure;
        return { value: await work({} as Place), side: 'primary' };
      },
    },
    receipts: { add: (receipt) => receipts.push(receipt) },
    prepare: (one): Promise<Prepared> =>
      (one as File).name === 'broken'
        ? Promise.reject(new Unreadable('No photo.'))
        : Promise.resolve({ full: blob(90), thumbnail: blob(10), large: null }),
    send: (_, photo, __, sending) =>
      new Promise((resolve, reject) => {
        sending.signal.addEventListener('abort', () => reject(sending.signal.reason as Error));
        sent.push({ photo, sending, end: (error) => (error ? reject(error) : resolve(photo as Photo)) });
      }),
    later: (work) => void later.push(work),
  });
  const shown = () => queue.uploads.current().map(({ status, sentBytes }) => [status, sentBytes]);
  return { queue, name, sent, receipts, later, shown };
}

test('three uploads go at once, the next one when one has ended', async () => {
  const { queue, sent, receipts, later, shown } = setUp();
  queue.add(['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((name) => file(name)));
  await settled();
  assert.deepEqual(
    shown().map(([status]) => status),
    ['sending', 'sending', 'sending', 'waiting'],
  );
  sent[0]!.end();
  await settled();
  assert.deepEqual(
    [sent.map(({ photo }) => photo.title), receipts.map(({ photo }) => photo.title)],
    [['a', 'b', 'c', 'd'], ['a']],
  );
  later.forEach((work) => work());
  assert.equal(queue.uploads.current().length, 3);
});

test('progress is counted in bytes, over all that is not ended', async () => {
  const { queue, sent } = setUp();
  queue.add([file('a'), file('b', 300)]);
  assert.deepEqual(bytesIn(queue.uploads.current()), { sentBytes: 0, totalBytes: 400 });
  await settled();
  sent[0]!.sending.onSent(40);
  assert.deepEqual(bytesIn(queue.uploads.current()), { sentBytes: 40, totalBytes: 200 });
  sent[1]!.end(new Error('no'));
  await settled();
  assert.deepEqual(bytesIn(queue.uploads.current()), { sentBytes: 40, totalBytes: 100 });
});

test('a cancelled upload is ended and gone, and leaves no receipt', async () => {
  const { queue, sent, receipts, shown } = setUp();
  queue.add([file('a'), file('b')]);
  await settled();
  queue.remove(sent[0]!.photo.photoId);
  await settled();
  assert.deepEqual([sent[0]!.sending.signal.aborted, sent[1]!.sending.signal.aborted], [true, false]);
  assert.deepEqual([shown(), receipts], [[['sending', 0]], []]);
});

test('an upload whose objects are all sent is not cancelled: its record may be stored', async () => {
  const { queue, sent, receipts, shown } = setUp();
  queue.add([file('a')]);
  await settled();
  sent[0]!.sending.onSent(100);
  queue.remove(sent[0]!.photo.photoId);
  assert.deepEqual([shown(), sent[0]!.sending.signal.aborted], [[['sending', 100]], false]);
  sent[0]!.end();
  await settled();
  assert.equal(receipts.length, 1);
});

test('a cancelled upload that was not begun is never sent', async () => {
  const { queue, sent } = setUp();
  queue.add([file('a')]);
  queue.remove(queue.uploads.current()[0]!.photo.photoId);
  await settled();
  assert.deepEqual(sent, []);
});

test('what a fence held up goes by itself, under the same id', async () => {
  const { queue, sent, shown } = setUp([new NotWritable('fenced')]);
  queue.add([file('a')]);
  await settled();
  assert.deepEqual(shown(), [['held', 0]]);
  const { photoId } = queue.uploads.current()[0]!.photo;
  queue.resume();
  await settled();
  assert.deepEqual([shown(), sent[0]!.photo.photoId], [[['sending', 0]], photoId]);
});

test('what is refused after the fence is gone already, for it was sent before, goes once more', async () => {
  const { queue, sent, shown } = setUp();
  queue.add([file('a')]);
  await settled();
  queue.resume();
  sent[0]!.end(new NotWritable('fenced'));
  await settled();
  assert.deepEqual([shown(), sent.length], [[['sending', 0]], 2]);
  sent[1]!.end(new NotWritable('fenced'));
  await settled();
  assert.deepEqual([shown(), sent.length], [[['held', 0]], 2]);
});

test('all that failed is tried again at once, but no file that is no photo', async () => {
  const failure = new HttpError(500, 'Failed', 'no');
  const { queue, sent, shown } = setUp([failure, failure]);
  queue.add([file('a'), file('broken'), file('b'), file('empty', 0)]);
  await settled();
  assert.deepEqual(
    queue.uploads.current().map(({ status, isRejected }) => [status, isRejected]),
    [
      ['failed', false],
      ['failed', true],
      ['failed', false],
      ['failed', true],
    ],
  );
  queue.retryAll();
  await settled();
  assert.deepEqual([sent.map(({ photo }) => photo.title), shown().length], [['a', 'b'], 4]);
  queue.dismissAll();
  assert.equal(shown().length, 2);
});

test('a name that belongs to somebody else stops uploads until another one is chosen', async () => {
  const { queue, name, sent, shown } = setUp();
  queue.add([file('a'), file('b')]);
  await settled();
  sent[0]!.end(new HttpError(409, 'NameTaken', 'no'));
  await settled();
  assert.deepEqual(shown(), [
    ['unnamed', 0],
    ['sending', 0],
  ]);
  assert.match(queue.uploads.current()[0]!.problem!, /“ada” belongs to somebody else/);
  name.choose('Ada L.');
  await settled();
  sent[1]!.end(new HttpError(409, 'NameTaken', 'no')); // refused late, under the old name
  await settled();
  assert.deepEqual(
    sent.map(({ photo }) => [photo.title, photo.user]),
    [
      ['a', 'ada'],
      ['b', 'ada'],
      ['a', 'Ada L.'],
      ['b', 'Ada L.'],
    ],
  );
});

test('a photo that its Region did not hand on is sent again under its own id and title', async () => {
  const { queue, sent } = setUp();
  queue.sendAgain({ photoId: 'p', title: 'Moon', user: 'old name' } as Photo, file('moon.png'));
  queue.sendAgain({ photoId: 'p', title: 'Moon', user: 'old name' } as Photo, file('moon.png'));
  await settled();
  assert.deepEqual(
    sent.map(({ photo }) => photo),
    [{ photoId: 'p', title: 'Moon', user: 'old name' }],
  );
});
