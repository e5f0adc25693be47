// The time that requests are signed with. AWS rejects signatures that are more than five minutes off and returns its own
// time: a wrong clock on the user's device does not matter.
let offsetMs = 0;

/** AWS's time, as far as it is known, in the form of signatures: 20261123T081500Z; rounded down to a multiple of `stepMs`. */
export function signingTime(stepMs: number = 1): string {
  const nowMs = Date.now() + offsetMs;
  return new Date(nowMs - (nowMs % stepMs)).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** Learn AWS's time from a rejection; true if the clock was the reason, so that a retry may succeed. */
export function learnTime(rejection: string, nowMs: number = Date.now()): boolean {
  if (!/^Signature (expired|not yet current):/.test(rejection)) return false;
  const found = /\((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(rejection);
  if (!found) return false;
  const [year, month, ...rest] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  offsetMs = Date.UTC(year, month - 1, ...rest) - nowMs;
  return true;
}
