import type { CancellationReason } from '@aws-sdk/client-dynamodb';

/** Time as the library sees it; `random` draws from [0, 1). */
export interface Clock {
  now(): number;
  sleep(ms: number): Promise<void>;
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: () => Math.random(),
};

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;
const TRANSIENT =
  /^(Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TransactionConflict|TransactionInProgress)/;
const IN_PROGRESS = 'TransactionInProgressException';
// errors of Node's sockets and of name resolution, not those of its own API (ERR_...)
const NETWORK = /^E(?!RR_)[A-Z_]+$/;

/** What an error of the SDK may have; anything can be thrown. */
interface Found {
  name?: unknown;
  code?: unknown;
  CancellationReasons?: readonly CancellationReason[];
  $metadata?: { httpStatusCode?: number; attempts?: number };
}

export function found(error: unknown): Found {
  return typeof error === 'object' && error !== null ? error : {};
}

/** Whether it is throttling or a conflict with other transactions, and nothing else cancelled the transaction. */
export function isTransient(error: unknown): boolean {
  const { name, CancellationReasons: reasons = [] } = found(error);
  const codes = reasons.map((reason) => reason.Code ?? '').filter((code) => code !== 'None');
  return (codes.length ? codes : [String(name)]).every((code) => TRANSIENT.test(code));
}

/** Whether AWS did not say what became of the request: it may have been carried out. */
export function isUnanswered(error: unknown): boolean {
  const { name, code, $metadata } = found(error);
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return status >= 500 || name === IN_PROGRESS;
  return name === 'TimeoutError' || (typeof code === 'string' && NETWORK.test(code));
}

/** Whether the SDK itself sent it more than once: of what it sent before, no answer is known. */
export function wasSentAgain(error: unknown): boolean {
  return (found(error).$metadata?.attempts ?? 1) > 1;
}

/** Retry with exponential backoff and full jitter while `isRetried` and before `untilMs`; throws the last error. */
export async function retry(
  call: () => Promise<unknown>,
  clock: Clock,
  untilMs: number,
  isRetried: (error: unknown) => boolean,
): Promise<void> {
  for (let longestMs = FIRST_PAUSE_MS; ; longestMs = Math.min(2 * longestMs, LONGEST_PAUSE_MS)) {
    try {
      await call();
      return;
    } catch (error) {
      const pauseMs = clock.random() * longestMs;
      if (!isRetried(error) || clock.now() + pauseMs > untilMs) throw error;
      await clock.sleep(pauseMs);
    }
  }
}
