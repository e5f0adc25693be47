// Keeps the application state up to date and shares it with the views.
import type { Config, Place, Side } from './backend/config.ts';
import { HttpError } from './backend/http.ts';
import { NotRenewed, SignedOut } from './backend/session.ts';
import { askRegion, readState } from './backend/state.ts';
import { learn, mayWrite } from './serving.ts';
import type { Serving } from './serving.ts';

const REFRESH_MS = 15_000;
const RETRY_MS = 5_000; // while no Region responds

/** The write was not sent, or was rejected, because this Region is not writable. */
export class NotWritable extends Error {}

export class Watcher {
  readonly config: Config;
  private serving: Serving | null = null;
  private readonly listeners = new Set<() => void>();
  private timer = 0;
  private refreshing: Promise<void> | null = null;
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

  /** Refresh now and periodically; returns a function that stops it. */
  start(): () => void {
    this.timer = 0;
    const refreshNow = () => void this.refresh();
    const events = ['focus', 'online', 'offline'];
    events.forEach((event) => window.addEventListener(event, refreshNow));
    refreshNow();
    return () => {
      events.forEach((event) => window.removeEventListener(event, refreshNow));
      clearTimeout(this.timer);
      this.timer = -1;
    };
  }

  /** Refresh once; concurrent calls share the result. */
  refresh(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => { this.refreshing = null; });
    return this.refreshing;
  }

  switchTo(side: Side): void {
    if (this.serving) this.set({ ...this.serving, side });
  }

  /**
   * Write in the current Region if its state says that it is writable.
   * NotWritable if it is not: then the state has been refreshed, and a banner says why.
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
      // rejected by the fence, or no response: either way the known state is outdated
      const { status, code } = error instanceof HttpError ? error : { status: -1, code: '' };
      if (status === 0 || status >= 500 || code === 'RegionFenced') await this.refresh();
      if (code === 'RegionFenced') throw new NotWritable('Rejected: nothing can be added here right now.');
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

  private async refreshOnce(): Promise<void> {
    clearTimeout(this.timer);
    try {
      const seen = await readState(this.config, this.serving);
      // the side is read after the wait: the user may have switched in between
      this.set(learn(this.serving, seen, this.config));
    } catch (error) {
      if (error instanceof SignedOut) this.onSignedOut();
      else if (error instanceof NotRenewed) {
        const blind = learn(this.serving, { primary: null, secondary: null }, this.config);
        this.set({ ...blind, isSignInLost: true });
      } else throw error;
    }
    if (this.timer === -1) return;
    this.timer = window.setTimeout(() => void this.refresh(), this.serving?.record ? REFRESH_MS : RETRY_MS);
  }

  private set(serving: Serving): void {
    if (JSON.stringify(serving) === JSON.stringify(this.serving)) return;
    this.serving = serving;
    this.listeners.forEach((listener) => listener());
  }
}
