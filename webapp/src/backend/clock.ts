// The time that requests are signed with. AWS takes no signature that is more than five minutes off, and says what time
// it is when it refuses one: a user whose clock is wrong need not notice.
let offsetMs = 0;

/** Now by AWS's clock, as far as it is known, in the form of signatures: 20261123T081500Z. */
export function signingTime(): string {
  return new Date(Date.now() + offsetMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

/** Learn from a refusal what time it is; true where that was why, so that another try may succeed. */
export function learnTime(refusal: string, nowMs: number = Date.now()): boolean {
  if (!/^Signature (expired|not yet current):/.test(refusal)) return false;
  const found = /\((\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(refusal);
  if (!found) return false;
  const [year, month, ...rest] = found.slice(1).map(Number) as [number, number, number, number, number, number];
  offsetMs = Date.UTC(year, month - 1, ...rest) - nowMs;
  return true;
}
