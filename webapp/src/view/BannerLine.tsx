import type { Config, Side } from '../backend/config.ts';
import { cityOf } from '../regions/names.ts';
import type { Banner } from '../regions/serving.ts';
import type { IconName } from './Icon.tsx';
import { Icon } from './Icon.tsx';

interface Props {
  banner: Banner;
  config: Config;
  onSwitch: (side: Side) => void;
}

const SIGNS: Record<Banner['kind'], IconName> = {
  offline: 'warning',
  fenced: 'pause',
  moved: 'move',
  'region-lost': 'warning',
  'standby-lost': 'information',
  unreachable: 'warning',
  'sign-in-region': 'information',
};

/** The one thing that the user must know now. */
export function BannerLine({ banner, config, onSwitch }: Props) {
  const { kind, text, to } = banner;
  return (
    <section className="banner" role="status" aria-label="Notice" data-testid="banner" data-kind={kind}>
      <Icon name={SIGNS[kind]} size={24} />
      <p>{text}</p>
      {to && (
        <button type="button" className="primary" onClick={() => onSwitch(to)}>
          Switch to {cityOf(config[to].region)}
        </button>
      )}
    </section>
  );
}
