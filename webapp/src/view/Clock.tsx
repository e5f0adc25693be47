/** The time of day, exact to the second. */
export function Clock({ atMs }: { atMs: number }) {
  const date = new Date(atMs);
  return <time dateTime={date.toISOString()}>{date.toLocaleTimeString(undefined, { timeStyle: 'medium' })}</time>;
}
