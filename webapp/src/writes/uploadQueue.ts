// Photos that are not acknowledged yet: prepared and sent a few at a time, kept while nothing can be added.
import type { Place } from '../backend/config.ts';
import type { Sending } from '../backend/http.ts';
import { uuid7 } from '../backend/ids.ts';
import { fileProblem, titleOf } from '../backend/limits.ts';
import type { Photo } from '../backend/photos.ts';
import type { Prepared } from '../images/prepare.ts';
import { Unreadable } from '../images/unreadable.ts';
import type { Watcher } from '../regions/watcher.ts';
import { Store } from '../store.ts';
import type { DisplayName } from './displayName.ts';
import { isNameTaken, mayPassLater, takenText } from './failures.ts';
import type { ReceiptBook } from './receiptBook.ts';

type NewPhoto = Pick<Photo, 'photoId' | 'title' | 'user'>;

export interface Upload {
  photo: NewPhoto;
  file: File;
  /** `held`: until a Region accepts writes; `unnamed`: until its author has chosen another name. */
  status: 'waiting' | 'sending' | 'held' | 'unnamed' | 'done' | 'failed';
  sentBytes: number;
  /** Of the file; of all objects once they are prepared. */
  totalBytes: number;
  problem?: string;
  /** Rejected for its type, size or content: a retry cannot succeed. */
  isRejected?: boolean;
}

export interface UploadQueueOptions {
  name: DisplayName;
  watcher: Pick<Watcher, 'write'>;
  receipts: Pick<ReceiptBook, 'add'>;
  prepare: (file: Blob) => Promise<Prepared>;
  send: (place: Place, photo: NewPhoto, prepared: Prepared, sending: Sending) => Promise<Photo>;
  /** Do something when the user has had time to read that an upload is done. */
  later?: (work: () => void) => void;
}

const AT_ONCE = 3;
const DONE_STAYS_MS = 8_000;

export class UploadQueue {
  /** In the order in which they were added. Each keeps its id, so that no photo is added twice. */
  readonly uploads = new Store<readonly Upload[]>([]);
  private readonly running = new Map<string, AbortController>();
  /** How often a Region accepted writes again. */
  private resumed = 0;
  private readonly options: UploadQueueOptions;

  constructor(options: UploadQueueOptions) {
    this.options = options;
    const { name } = options;
    name.subscribe(() => {
      const isRefused = ({ status }: Upload) => status === 'unnamed';
      this.set((one) => (isRefused(one) ? { ...waiting(one), photo: { ...one.photo, user: name.current() } } : one));
    });
  }

  add = (files: File[]): void => {
    const user = this.options.name.current();
    const added = files.map((file): Upload => {
      const problem = fileProblem(file);
      const upload = newUpload({ photoId: uuid7(), title: titleOf(file.name), user }, file);
      return problem ? { ...upload, status: 'failed', problem, isRejected: true } : upload;
    });
    this.replace([...this.uploads.current(), ...added]);
  };

  /** Add a photo that the Region of its first try did not hand on. */
  sendAgain = ({ photoId, title, user }: Photo, file: File): void => {
    const others = this.uploads.current().filter((one) => one.photo.photoId !== photoId || one.status !== 'done');
    if (others.some(({ photo }) => photo.photoId === photoId)) return;
    this.replace([...others, newUpload({ photoId, title, user }, file)]);
  };

  retry = (photoId: string): void => this.set((one) => (one.photo.photoId === photoId ? waiting(one) : one));

  /** Try all again that may succeed. */
  retryAll = (): void => this.set((one) => (canRetry(one) ? waiting(one) : one));

  /** A Region accepts writes: send what waited for it. */
  resume = (): void => {
    this.resumed += 1;
    this.set((one) => (one.status === 'held' ? waiting(one) : one));
  };

  /** Take an upload off the list; one that is being sent is cancelled, unless it is too late. */
  remove = (photoId: string): void => {
    const found = this.find(photoId);
    if (!found || isTooLate(found)) return;
    this.running.get(photoId)?.abort();
    this.replace(this.uploads.current().filter((one) => one !== found));
  };

  /** Take off the list what has ended. */
  dismissAll = (): void =>
    this.replace(this.uploads.current().filter(({ status }) => status !== 'failed' && status !== 'done'));

  private startNext(): void {
    for (const upload of this.uploads.current()) {
      if (this.running.size >= AT_ONCE) return;
      const { photoId } = upload.photo;
      if (upload.status !== 'waiting' || this.running.has(photoId)) continue;
      const controller = new AbortController();
      this.running.set(photoId, controller);
      void this.send(upload, controller.signal).finally(() => {
        this.running.delete(photoId);
        this.startNext();
      });
    }
  }

  private async send({ photo, file }: Upload, signal: AbortSignal): Promise<void> {
    const { watcher, receipts, prepare, send, later = soon } = this.options;
    const { photoId } = photo;
    const { resumed } = this;
    try {
      const prepared = await prepare(file);
      const { full, thumbnail, large } = prepared;
      signal.throwIfAborted();
      this.change(photoId, { totalBytes: full.size + thumbnail.size + (large?.size ?? 0) });
      const { value, side } = await watcher.write((place) => {
        signal.throwIfAborted();
        this.change(photoId, { status: 'sending' });
        return send(place, photo, prepared, { signal, onSent: (sentBytes) => this.change(photoId, { sentBytes }) });
      });
      receipts.add({ kind: 'photo', photo: value, side, storedAtMs: Date.now(), copiedAtMs: null }, file);
      this.change(photoId, { status: 'done' });
      later(() => this.remove(photoId));
    } catch (error) {
      if (!signal.aborted) this.change(photoId, this.outcomeOf(error, photo, resumed));
    }
  }

  private outcomeOf(error: unknown, photo: NewPhoto, resumed: number): Partial<Upload> {
    const user = this.options.name.current();
    if (isNameTaken(error)) {
      // refused late: meanwhile another one was chosen
      if (user !== photo.user) return { status: 'waiting', sentBytes: 0, photo: { ...photo, user } };
      return { status: 'unnamed', sentBytes: 0, problem: takenText(user) };
    }
    // refused late: meanwhile a Region accepts writes
    if (mayPassLater(error) && resumed !== this.resumed) return { status: 'waiting', sentBytes: 0 };
    return {
      status: mayPassLater(error) ? 'held' : 'failed',
      sentBytes: 0,
      problem: (error as Error).message,
      isRejected: error instanceof Unreadable,
    };
  }

  private find(photoId: string): Upload | undefined {
    return this.uploads.current().find((one) => one.photo.photoId === photoId);
  }

  private change(photoId: string, values: Partial<Upload>): void {
    this.set((one) => (one.photo.photoId === photoId ? { ...one, ...values } : one));
  }

  private set(update: (upload: Upload) => Upload): void {
    this.replace(this.uploads.current().map(update));
  }

  private replace(uploads: readonly Upload[]): void {
    this.uploads.set(uploads);
    this.startNext();
  }
}

const soon = (work: () => void) => void setTimeout(work, DONE_STAYS_MS);

const newUpload = (photo: NewPhoto, file: File): Upload => ({
  photo,
  file,
  status: 'waiting',
  sentBytes: 0,
  totalBytes: file.size,
});

const waiting = ({ photo, file, totalBytes }: Upload): Upload => ({ ...newUpload(photo, file), totalBytes });

/** Whether it is worth trying again. */
export const canRetry = ({ status, isRejected }: Upload): boolean =>
  (status === 'failed' || status === 'held') && !isRejected;

/** Whether its record may be stored already. */
export const isTooLate = ({ status, sentBytes, totalBytes }: Upload): boolean =>
  status === 'sending' && sentBytes === totalBytes;

/** How much of all that has not failed is sent. */
export function bytesIn(uploads: readonly Upload[]): { sentBytes: number; totalBytes: number } {
  const counted = uploads.filter(({ status }) => status !== 'failed');
  const sum = (bytesOf: (one: Upload) => number) => counted.reduce((total, one) => total + bytesOf(one), 0);
  return { sentBytes: sum(({ sentBytes }) => sentBytes), totalBytes: sum(({ totalBytes }) => totalBytes) };
}
