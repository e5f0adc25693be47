import { writingOf } from '../regions/pause.ts';
import { mayWrite } from '../regions/serving.ts';
import type { Serving } from '../regions/serving.ts';
import { setFollowing, useServices } from '../services.ts';
import type { Copying } from '../writes/copying.ts';
import { CopyArrow } from './CopyArrow.tsx';
import { EventLog } from './EventLog.tsx';
import { Receipts } from './Receipts.tsx';
import { RegionCard } from './RegionCard.tsx';
import { useStore } from './useStore.ts';
import { WritingLine } from './WritingLine.tsx';

interface Props {
  serving: Serving;
  copying: Copying;
  nowMs: number;
}

/** All that this page knows of both Regions, and of its own writes in them. */
export function RegionDetails({ serving, copying, nowMs }: Props) {
  const services = useServices();
  const { pause } = useStore(services.watcher.history);
  const writing = writingOf(serving, pause, services.config);
  return (
    <>
      {writing && <WritingLine writing={writing} nowMs={nowMs} />}
      <div className="both">
        <RegionCard serving={serving} side="primary" writing={writing} />
        <p className="copying" data-testid="copying" data-state={copying.state}>
          <CopyArrow copying={copying} />
          <span>{copying.text}</span>
        </p>
        <RegionCard serving={serving} side="secondary" writing={writing} />
      </div>
      <div className="more">
        <Receipts serving={serving} isReady={mayWrite(serving, services.config)} />
        <EventLog />
      </div>
      <p className="follow">
        <label>
          <input
            type="checkbox"
            role="switch"
            checked={serving.isFollowing}
            onChange={(event) => setFollowing(services, event.target.checked)}
          />{' '}
          Follow the Region that writes
        </label>
        {serving.record && <span className="quiet">Epoch {serving.record.epoch}</span>}
      </p>
    </>
  );
}
