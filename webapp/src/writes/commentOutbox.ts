// Comments that are not acknowledged yet: sent at once, kept while nothing can be added, sent again on request.
import type { Place } from '../backend/config.ts';
import { uuid7 } from '../backend/ids.ts';
import type { Comment, Photo } from '../backend/photos.ts';
import type { Watcher } from '../regions/watcher.ts';
import { Store } from '../store.ts';
import type { DisplayName } from './displayName.ts';
import { isDeleted, isNameTaken, mayPassLater, takenText } from './failures.ts';
import type { ReceiptBook } from './receiptBook.ts';

export interface Outgoing {
  photo: Photo;
  comment: Comment;
  /** `waiting`: until a Region accepts writes; `unnamed`: until its author has chosen another name. */
  status: 'sending' | 'waiting' | 'unnamed' | 'failed';
  problem?: string;
  /** Its photo is deleted: a retry cannot succeed. */
  isRejected?: boolean;
}

export interface CommentOutboxOptions {
  name: DisplayName;
  watcher: Pick<Watcher, 'write'>;
  receipts: Pick<ReceiptBook, 'add'>;
  post: (place: Place, photoId: string, comment: Comment) => Promise<Comment>;
  onPhotoDeleted: (photoId: string) => void;
}

export class CommentOutbox {
  /** In the order in which they were written. */
  readonly outgoing = new Store<readonly Outgoing[]>([]);
  private readonly options: CommentOutboxOptions;
  /** How often a Region accepted writes again. */
  private resumed = 0;

  constructor(options: CommentOutboxOptions) {
    this.options = options;
    const { name } = options;
    name.subscribe(() => {
      const refused = this.outgoing.current().filter(({ status }) => status === 'unnamed');
      refused.forEach((one) => void this.send({ ...one, comment: { ...one.comment, user: name.current() } }));
    });
  }

  async post(photo: Photo, message: string): Promise<void> {
    const user = this.options.name.current();
    await this.add(photo, { commentId: uuid7(), user, message, createdAt: new Date().toISOString() });
  }

  /** Send a comment with its id. */
  async add(photo: Photo, comment: Comment): Promise<void> {
    const outgoing: Outgoing = { photo, comment, status: 'sending' };
    this.outgoing.set([...this.outgoing.current(), outgoing]);
    await this.send(outgoing);
  }

  /** Send one again; with the same id, so that it is never stored twice. */
  async retry(commentId: string): Promise<void> {
    const found = this.outgoing.current().find(({ comment }) => comment.commentId === commentId);
    if (found && found.status !== 'sending') await this.send(found);
  }

  /** A Region accepts writes: send what waited for it. */
  resume(): void {
    this.resumed += 1;
    const waiting = this.outgoing.current().filter(({ status }) => status === 'waiting');
    waiting.forEach((one) => void this.send(one));
  }

  private async send({ photo, comment }: Pick<Outgoing, 'photo' | 'comment'>): Promise<void> {
    const { watcher, receipts, post } = this.options;
    const { resumed } = this;
    this.change({ photo, comment, status: 'sending' });
    try {
      const { value, side } = await watcher.write((place) => post(place, photo.photoId, comment));
      receipts.add({ kind: 'comment', photo, comment: value, side, storedAtMs: Date.now(), copiedAtMs: null });
      this.outgoing.set(this.outgoing.current().filter((one) => one.comment.commentId !== comment.commentId));
    } catch (error) {
      const user = this.options.name.current();
      // refused late: meanwhile another one was chosen
      if (isNameTaken(error) && user !== comment.user) return this.send({ photo, comment: { ...comment, user } });
      // refused late: meanwhile a Region accepts writes
      if (mayPassLater(error) && resumed !== this.resumed) return this.send({ photo, comment });
      this.change({ photo, comment, ...outcomeOf(error, comment.user) });
      if (isDeleted(error)) this.options.onPhotoDeleted(photo.photoId);
    }
  }

  private change(changed: Outgoing): void {
    const isIt = ({ comment }: Outgoing) => comment.commentId === changed.comment.commentId;
    this.outgoing.set(this.outgoing.current().map((one) => (isIt(one) ? changed : one)));
  }
}

function outcomeOf(error: unknown, user: string): Omit<Outgoing, 'photo' | 'comment'> {
  if (isNameTaken(error)) return { status: 'unnamed', problem: takenText(user) };
  const status = mayPassLater(error) ? 'waiting' : 'failed';
  return { status, problem: (error as Error).message, isRejected: isDeleted(error) };
}
