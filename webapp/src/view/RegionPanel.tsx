import { useId, useRef, useState } from 'react';
import type { Side } from '../backend/config.ts';
import { cityOf } from '../regions/names.ts';
import { bannerOf, roleOf } from '../regions/serving.ts';
import type { Serving } from '../regions/serving.ts';
import { useServices } from '../services.ts';
import { copyingOf, countOf } from '../writes/copying.ts';
import { fateOf, isLeftBehind } from '../writes/receipts.ts';
import { BannerLine } from './BannerLine.tsx';
import { CopyArrow } from './CopyArrow.tsx';
import { Icon } from './Icon.tsx';
import { RegionDetails } from './RegionDetails.tsx';
import { RoleTag } from './RoleTag.tsx';
import { useNow } from './useNow.ts';
import { useServing } from './useServing.ts';
import { useStore } from './useStore.ts';

const OPEN = 'is-region-panel-open';
const ROOMY = '(min-width: 60rem) and (min-height: 44rem)';

/** Both Regions: one line that is always in sight, with the notice of the moment, and below it all that is known. */
export function RegionPanel({ canExpand }: { canExpand: boolean }) {
  const { config, watcher, receipts } = useServices();
  const { serving } = useServing();
  const all = useStore(receipts.receipts);
  const nowMs = useNow();
  const id = useId();
  const line = useRef<HTMLDivElement>(null);
  const [isWanted, setIsWanted] = useState(
    () => (localStorage.getItem(OPEN) ?? String(matchMedia(ROOMY).matches)) === 'true',
  );
  const isOpen = canExpand && isWanted;

  const banner = bannerOf(serving, config);
  const copying = copyingOf(all, serving, config, nowMs);
  const stranded = all.filter((one) => isLeftBehind(fateOf(one, serving, config, nowMs)));
  const toggle = () => {
    setIsWanted(!isWanted);
    localStorage.setItem(OPEN, String(!isWanted));
    if (!isWanted) window.scrollTo({ top: 0 }); // to where it opens
  };
  const onSwitch = (side: Side) => {
    watcher.switchTo(side);
    line.current?.focus(); // the button is gone
  };

  return (
    <>
      <section className="regions" aria-label="Regions">
        <div
          ref={line}
          className="regions-line"
          role="status"
          aria-label="Regions in short"
          tabIndex={-1}
          data-testid="state"
          data-state={
            serving.isOffline || banner?.kind === 'unreachable' ? 'unknown' : (serving.record?.state ?? 'unknown')
          }
          data-region={serving.side ? config[serving.side].region : ''}
        >
          <RegionInShort serving={serving} side="primary" />
          <span className="flow" aria-hidden="true">
            <CopyArrow copying={copying} width={40} />
            {copying.short}
          </span>
          <RegionInShort serving={serving} side="secondary" />
          {stranded.length > 0 && (
            <span className="stranded">
              <Icon name="warning" size={18} /> {countOf(stranded.length)} not copied
            </span>
          )}
        </div>
        {canExpand && (
          <button type="button" className="plain toggle" aria-expanded={isOpen} aria-controls={id} onClick={toggle}>
            {isOpen ? 'Less' : 'More'}
            <span className="hidden"> about the Regions</span>
          </button>
        )}
        {banner && <BannerLine banner={banner} config={config} onSwitch={onSwitch} />}
      </section>
      {canExpand && (
        <section id={id} className="regions-details" aria-label="Regions in detail" hidden={!isOpen}>
          {isOpen && <RegionDetails serving={serving} copying={copying} nowMs={nowMs} />}
        </section>
      )}
    </>
  );
}

function RegionInShort({ serving, side }: { serving: Serving; side: Side }) {
  const { config } = useServices();
  return (
    <span className="in-short">
      <b>{cityOf(config[side].region)}</b> <RoleTag role={roleOf(serving, side, config)} />
    </span>
  );
}
