// Sends a write again when its answer says that this helps. A retry uses the same id: nothing is stored twice.

const TRIES = 4;
const LONGEST_MS = 5_000;

export interface Pauses {
  sleep: (ms: number) => Promise<void>;
  random: () => number;
}

const REAL: Pauses = { sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)), random: Math.random };

/** What `work` returns; tried again, with jitter, as long as its error has a `retryAfterMs`. */
export async function retried<T>(work: () => Promise<T>, { sleep, random }: Pauses = REAL): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const { retryAfterMs: waitMs } = error as { retryAfterMs?: number | null };
      if (!waitMs || tries === TRIES) throw error;
      await sleep(waitMs * 2 ** (tries - 1) * (0.5 + random()));
    }
  }
}

/** The header `Retry-After` in milliseconds; null if it names no number of seconds. */
export function retryAfterMs(header: string | null): number | null {
  const seconds = /^\d+$/.test(header ?? '') ? Number(header) : 0;
  return seconds ? Math.min(seconds * 1_000, LONGEST_MS) : null;
}
