// Keeps what is known of the application state current, and shares it with the views.
import type { Config, Place, Side } from './backend/config.ts';
import { HttpError } from './backend/http.ts';
import { NotRenewed, SignedOut } from './backend/session.ts';
import { askRegion, look } from './backend/state.ts';
import { learn, mayWrite } from './serving.ts';
import type { Serving } from './serving.ts';

const LOOK_EVERY_MS = 15_000;
const LOOK_AGAIN_MS = 5_000; // while no Region answers

/** The write was not sent, or was refused, because this Region does not take writes now. */
export class NotWritable extends Error {}

export class Watcher {
  readonly config: Config;
  private serving: Serving | null = null;
  private readonly listeners = new Set<() => void>();
  private timer = 0;
  private looking: Promise<void> | null = null;
  private readonly onSignedOut: () => void;

  constructor(config: Config, onSignedOut: () => void) {
    this.config = config;
    this.onSignedOut = onSignedOut;
  }

  /** For `useSyncExternalStore`. */
  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  current = (): Serving | null => this.serving;

  /** Look now and from time to time; returns how to stop. */
  start(): () => void {
    this.timer = 0;
    const lookNow = () => void this.refresh();
    const events = ['focus', 'online', 'offline'];
    events.forEach((event) => window.addEventListener(event, lookNow));
    lookNow();
    return () => {
      events.forEach((event) => window.removeEventListener(event, lookNow));
      clearTimeout(this.timer);
      this.timer = -1;
    };
  }

  /** Look once; those who ask meanwhile share the answer. */
  refresh(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => { this.looking = null; });
    return this.looking;
  }

  switchTo(side: Side): void {
    if (this.serving) this.set({ ...this.serving, side });
  }

  /**
   * Do a write in the Region that the app is in, if that Region says that it may write.
   * NotWritable when it may not: then the state has been looked at anew, and a banner says what is the matter.
   */
  async write<T>(work: (place: Place) => Promise<T>): Promise<T> {
    if (!(await this.isWritableHere())) {
      await this.refresh();
      if (!this.serving || !mayWrite(this.serving, this.config)) throw new NotWritable('Not sent: nothing can be added here right now.');
    }
    try {
      return await work(this.place());
    } catch (error) {
      if (error instanceof SignedOut) this.onSignedOut();
      // refused by the fence, or not answered: either way what the app knows is old
      const { status, code } = error instanceof HttpError ? error : { status: -1, code: '' };
      if (status === 0 || status >= 500 || code === 'RegionFenced') await this.refresh();
      if (code === 'RegionFenced') throw new NotWritable('Refused: nothing can be added here right now.');
      throw error;
    }
  }

  place(): Place {
    return this.config[this.serving?.side ?? 'primary'];
  }

  private async isWritableHere(): Promise<boolean> {
    if (!this.serving) return false;
    const place = this.place();
    const record = await askRegion(this.config, place).catch(() => null);
    return !!record && record.writableRegion === place.region && record.epoch >= (this.serving.record?.epoch ?? 0);
  }

  private async lookOnce(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const seen = await look(this.config, this.serving);
      // the side is read after the wait: the user may have switched meanwhile
      this.set(learn(this.serving, seen, this.config));
    } catch (error) {
      if (error instanceof SignedOut) this.onSignedOut();
      else if (error instanceof NotRenewed) {
        const blind = learn(this.serving, { primary: null, secondary: null }, this.config);
        this.set({ ...blind, isSignInLost: true });
      } else throw error;
    }
    if (this.timer === -1) return;
    this.timer = window.setTimeout(() => void this.refresh(), this.serving?.record ? LOOK_EVERY_MS : LOOK_AGAIN_MS);
  }

  private set(serving: Serving): void {
    if (JSON.stringify(serving) === JSON.stringify(this.serving)) return;
    this.serving = serving;
    this.listeners.forEach((listener) => listener());
  }
}
