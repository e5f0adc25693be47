// Keeps a receipt of each acknowledged write, and asks the other Region until it has a copy.
import { onlineManager } from '@tanstack/react-query';
import type { Config, Place, Side } from '../backend/config.ts';
import { reachOf } from '../regions/health.ts';
import { otherOf, SIDES } from '../regions/serving.ts';
import type { Serving } from '../regions/serving.ts';
import type { Store } from '../store.ts';
import type { Receipt } from './receipts.ts';
import { fateOf, idOf, isHeldUp, nextCheckMs, trimmed } from './receipts.ts';

export interface ReceiptBookOptions {
  config: Config;
  serving: Store<Serving>;
  photosThere: (place: Place, photoIds: string[]) => Promise<string[]>;
  commentsThere: (place: Place, photoId: string, commentIds: string[]) => Promise<string[]>;
  /** Oldest first. */
  receipts: Store<readonly Receipt[]>;
}

export class ReceiptBook {
  readonly receipts: Store<readonly Receipt[]>;
  /** The files of photos that are in one Region only: shown, and sent again, from here. */
  readonly files = new Map<string, File>();
  private readonly options: ReceiptBookOptions;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isStopped = true;

  constructor(options: ReceiptBookOptions) {
    this.options = options;
    this.receipts = options.receipts;
  }

  start(): () => void {
    this.isStopped = false;
    this.schedule(0);
    return () => {
      this.isStopped = true;
      clearTimeout(this.timer);
    };
  }

  /** Keep the receipt of a write that was just acknowledged. Sent again, the same write has a new receipt. */
  add(receipt: Receipt, file?: File): void {
    if (file) this.files.set(idOf(receipt), file);
    const others = this.receipts.current().filter((one) => idOf(one) !== idOf(receipt));
    this.set([...others, receipt]);
    this.markHeldUp();
    this.schedule(nextCheckMs(0));
  }

  /** The receipt of a photo itself. */
  ofPhoto(photoId: string): Receipt | undefined {
    return this.receipts.current().find((one) => idOf(one) === photoId);
  }

  /** A photo is deleted: nothing is to be said of it, nor of its comments. */
  forget(photoId: string): void {
    this.files.delete(photoId);
    const others = this.receipts.current().filter(({ photo }) => photo.photoId !== photoId);
    if (others.length < this.receipts.current().length) this.set(others);
  }

  /** Ask once for all that is not copied, in each Region that answers. */
  async check(): Promise<void> {
    this.markHeldUp();
    const found = await Promise.all(SIDES.map((side) => this.copiesIn(side)));
    const ids = new Set(found.flat());
    const copiedAtMs = Date.now();
    this.change((one) => (ids.has(idOf(one)) && one.copiedAtMs === null ? { ...one, copiedAtMs } : one));
    ids.forEach((id) => this.files.delete(id));
  }

  private markHeldUp(): void {
    const { config, serving } = this.options;
    const nowMs = Date.now();
    const fate = (one: Receipt) => fateOf(one, serving.current(), config, nowMs);
    this.change((one) => (!one.wasHeldUp && isHeldUp(fate(one)) ? { ...one, wasHeldUp: true } : one));
  }

  private async copiesIn(side: Side): Promise<string[]> {
    const { config, serving, photosThere, commentsThere } = this.options;
    const open = this.receipts.current().filter((one) => one.copiedAtMs === null && otherOf(one.side) === side);
    if (!open.length || reachOf(serving.current().health[side]) === 'lost' || !onlineManager.isOnline()) return [];
    const photoIds = open.filter(({ kind }) => kind === 'photo').map(idOf);
    const comments = Map.groupBy(
      open.filter(({ kind }) => kind === 'comment'),
      ({ photo }) => photo.photoId,
    );
    const asked = [
      ...(photoIds.length ? [photosThere(config[side], photoIds)] : []),
      ...[...comments].map(([photoId, ones]) => commentsThere(config[side], photoId, ones.map(idOf))),
    ];
    // a Region that does not answer has no copy yet, for all that is known
    const answers = await Promise.all(asked.map((one) => one.catch(() => [])));
    return answers.flat();
  }

  private schedule(waitMs: number): void {
    clearTimeout(this.timer);
    if (this.isStopped) return;
    this.timer = setTimeout(() => {
      void this.check().finally(() => {
        const open = this.receipts.current().filter(({ copiedAtMs }) => copiedAtMs === null);
        const newest = Math.max(...open.map(({ storedAtMs }) => storedAtMs));
        if (open.length) this.schedule(nextCheckMs(Date.now() - newest));
      });
    }, waitMs);
  }

  private change(update: (receipt: Receipt) => Receipt): void {
    const before = this.receipts.current();
    const after = before.map(update);
    if (after.some((one, index) => one !== before[index])) this.set(after);
  }

  private set(receipts: readonly Receipt[]): void {
    this.receipts.set(trimmed(receipts));
  }
}
