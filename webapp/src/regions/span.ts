/** A span of time, as exact as a reader needs it. */
export function spanOf(ms: number): string {
  if (ms < 995) return `${Math.round(Math.max(0, ms))} ms`;
  const s = ms / 1000;
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 120) return `${Math.round(s)} s`;
  return s < 7200 ? `${Math.round(s / 60)} min` : `${Math.round(s / 3600)} h`;
}
