import type { Side } from '../backend/config.ts';
import { cityOf } from '../regions/names.ts';
import type { Writing } from '../regions/pause.ts';
import type { Serving } from '../regions/serving.ts';
import { roleOf } from '../regions/serving.ts';
import { spanOf } from '../regions/span.ts';
import { useServices } from '../services.ts';
import { Clock } from './Clock.tsx';
import { RoleTag } from './RoleTag.tsx';
import { Sparkline } from './Sparkline.tsx';

interface Props {
  serving: Serving;
  side: Side;
  writing: Writing | null;
}

/** One Region: its role, since when, and how it answers. */
export function RegionCard({ serving, side, writing }: Props) {
  const { config } = useServices();
  const { region } = config[side];
  const { answeredAtMs, missed, samples } = serving.health[side];
  const role = roleOf(serving, side, config);
  const roleSinceMs = { lost: answeredAtMs, writable: writing?.sinceMs, moving: writing?.sinceMs }[role as string];
  const last = samples.findLast((ms) => ms !== null);
  const answering =
    last === undefined
      ? 'No answer yet'
      : `${role === 'lost' ? 'Before that, answers' : 'Last answer'} in ${spanOf(last)}`;
  return (
    <section
      className="region"
      data-testid={`region-${side}`}
      data-role={role}
      aria-label={`${cityOf(region)}, ${side}`}
    >
      <h2>
        {cityOf(region)}{' '}
        <span className="quiet">
          {region} · {side}
        </span>
      </h2>
      <p className="now">
        <RoleTag role={role} />{' '}
        <span className="quiet">
          {typeof roleSinceMs === 'number' && (
            <>
              since <Clock atMs={roleSinceMs} />
            </>
          )}
        </span>
      </p>
      <p className="quiet answers">
        <Sparkline samples={samples} label={`Answer times of ${cityOf(region)}, the last ${samples.length} requests`} />
        <span>{missed && role !== 'lost' ? 'No answer to the last request' : answering}</span>
      </p>
      {serving.side === side && role !== 'lost' && (
        <p className="here">This page reads {role === 'writable' ? 'and writes ' : ''}here</p>
      )}
    </section>
  );
}
