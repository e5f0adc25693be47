const WIDTH = 128;
const HEIGHT = 28;
const COUNT = 32;
const FLOOR_MS = 200; // so that a fast Region's noise does not look like mountains

/** Answer times, newest at the right; a cross where there was no answer. */
export function Sparkline({ samples, label }: { samples: readonly (number | null)[]; label: string }) {
  const top = Math.max(FLOOR_MS, ...samples.map((ms) => ms ?? 0));
  const step = WIDTH / COUNT;
  const first = WIDTH - samples.length * step;
  const bars = samples.map((ms, index) => {
    const x = first + index * step;
    if (ms === null) return `M${x} ${HEIGHT - 7}l3 6m0-6-3 6`;
    const height = Math.max(2, (ms / top) * (HEIGHT - 2));
    return `M${x + 1.5} ${HEIGHT}v${-height}`;
  });
  const drawn = (isAnswered: boolean) => bars.filter((_, index) => (samples[index] !== null) === isAnswered).join('');
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path className="answered" d={drawn(true)} />
      <path className="missed" d={drawn(false)} />
    </svg>
  );
}
