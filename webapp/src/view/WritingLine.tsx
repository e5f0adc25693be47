import { cityOf } from '../regions/names.ts';
import type { Writing } from '../regions/pause.ts';
import { spanOf } from '../regions/span.ts';
import { useServices } from '../services.ts';
import { Clock } from './Clock.tsx';

/** Who writes, since when, and for how long nobody could, in one sentence each. */
export function WritingLine({ writing: { side, sinceMs, pauseMs }, nowMs }: { writing: Writing; nowMs: number }) {
  const { config } = useServices();
  return (
    <p className="writing" data-testid="writing">
      {side ? `${cityOf(config[side].region)} has accepted writes for ` : 'Nobody has been able to write for '}
      {spanOf(nowMs - sinceMs)}, since <Clock atMs={sinceMs} />.
      {pauseMs !== null && ` Nobody could write for ${spanOf(pauseMs)} before that.`}
    </p>
  );
}
