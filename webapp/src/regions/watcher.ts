// Asks both Regions for the application state, again and again, and shares what follows from it.
import type { QueryClient, QueryObserverOptions } from '@tanstack/react-query';
import { onlineManager, QueryObserver } from '@tanstack/react-query';
import type { Config, Place, Side } from '../backend/config.ts';
import { NotRenewed, NotWritable, SignedOut } from '../backend/errors.ts';
import { HttpError } from '../backend/http.ts';
import type { StateRecord } from '../backend/state.ts';
import { Store } from '../store.ts';
import { POLL_MS } from './health.ts';
import type { History } from './history.ts';
import { withChange, withWrite } from './history.ts';
import type { Serving } from './serving.ts';
import { learn, mayWrite, opening, placed, SIDES } from './serving.ts';

const POLL_HIDDEN_MS = 30_000;
const POLL_MISSED_MS = 1_500;
/** How much earlier, at least, another Region may answer without being used instead of the one that writes. */
const HEAD_START_MS = 1_500;
/** An answer that is older than this is asked for again before a write. */
const FRESH_MS = 5_000;

export interface WatcherOptions {
  config: Config;
  queries: QueryClient;
  ask: (config: Config, place: Place) => Promise<StateRecord | null>;
  isFollowing: boolean;
  /** Until when requests can be signed without the sign-in service. */
  sessionUntilMs: () => number | null;
  history: Store<History>;
  onSignedOut: () => void;
}

export class Watcher {
  readonly config: Config;
  readonly serving: Store<Serving>;
  readonly history: Store<History>;
  private readonly options: WatcherOptions;
  private headStart: ReturnType<typeof setTimeout> | undefined;

  constructor(options: WatcherOptions) {
    this.options = options;
    this.config = options.config;
    this.serving = new Store(opening(options.isFollowing));
    this.history = options.history;
  }

  /** Ask both Regions now and periodically; returns a function that stops it. */
  start(): () => void {
    const learnNetwork = () => this.change({ isOffline: !onlineManager.isOnline() });
    learnNetwork();
    const askAgain = () => void this.refresh();
    window.addEventListener('focus', askAgain);
    document.addEventListener('visibilitychange', askAgain);
    const stops = [
      onlineManager.subscribe(learnNetwork),
      ...SIDES.map((side) => new QueryObserver(this.options.queries, this.query(side)).subscribe(() => {})),
    ];
    return () => {
      clearTimeout(this.headStart);
      window.removeEventListener('focus', askAgain);
      document.removeEventListener('visibilitychange', askAgain);
      stops.forEach((stop) => stop());
    };
  }

  /** Ask both Regions now; a request that is on its way is not repeated. */
  async refresh(): Promise<void> {
    await Promise.all(SIDES.map((side) => this.options.queries.fetchQuery(this.query(side)).catch(() => {})));
  }

  switchTo(side: Side): void {
    this.change({ side });
  }

  follow(isFollowing: boolean): void {
    this.change({ isFollowing });
  }

  /**
   * Write in the current Region, if it is writable; returns what `work` does, and where.
   * NotWritable if it is not.
   */
  async write<T>(work: (place: Place) => Promise<T>): Promise<{ value: T; side: Side }> {
    const { queries, onSignedOut } = this.options;
    const asked = this.serving.current();
    if (asked.isOffline) throw new NotWritable('Not sent: this browser is offline.');
    if (asked.side) await queries.fetchQuery({ ...this.query(asked.side), staleTime: FRESH_MS }).catch(() => {});
    const serving = this.serving.current();
    const { side } = serving;
    if (!side || !mayWrite(serving, this.config)) {
      throw new NotWritable('Not sent: nothing can be added here right now.');
    }
    try {
      const value = await work(this.config[side]);
      this.history.set(withWrite(this.history.current(), side, this.config, Date.now()));
      return { value, side };
    } catch (error) {
      if (error instanceof SignedOut) onSignedOut();
      // rejected by the fence, or no response: either way the known state is outdated
      const { status, code } = error instanceof HttpError ? error : { status: -1, code: '' };
      if (status === 0 || status >= 500 || code === 'RegionFenced') void this.refresh();
      if (code === 'RegionFenced') throw new NotWritable('Rejected: nothing can be added here right now.');
      throw error;
    }
  }

  private query(side: Side) {
    return {
      queryKey: ['state', side],
      queryFn: () => this.ask(side),
      retry: false,
      structuralSharing: false,
      refetchOnWindowFocus: false,
      refetchIntervalInBackground: true,
      refetchInterval: () => {
        if (document.hidden) return POLL_HIDDEN_MS;
        return this.serving.current().health[side].missed ? POLL_MISSED_MS : POLL_MS;
      },
    } satisfies QueryObserverOptions<StateRecord | null>;
  }

  private async ask(side: Side): Promise<StateRecord | null> {
    const { config, ask, sessionUntilMs, onSignedOut } = this.options;
    const startMs = Date.now();
    try {
      const record = await ask(config, config[side]);
      const atMs = Date.now();
      // without a network the Region is not to blame
      if (record || onlineManager.isOnline()) {
        const tookMs = atMs - startMs;
        const known = { ...this.serving.current(), sessionUntilMs: sessionUntilMs() };
        this.set(learn(known, side, { record, atMs, tookMs }, config));
        if (!this.serving.current().side) {
          // as slow as the first answer was, the next one may be late
          this.headStart ??= setTimeout(() => this.change({ isStarted: true }), Math.max(HEAD_START_MS, tookMs));
        }
      }
      return record;
    } catch (error) {
      if (error instanceof SignedOut) onSignedOut();
      else if (error instanceof NotRenewed) this.change({ isSignInLost: true });
      throw error;
    }
  }

  private change(values: Partial<Serving>): void {
    this.set(placed({ ...this.serving.current(), ...values }, this.config));
  }

  private set(serving: Serving): void {
    const before = this.serving.current();
    this.history.set(withChange(this.history.current(), before, serving, this.config, Date.now()));
    this.serving.set(serving);
  }
}
