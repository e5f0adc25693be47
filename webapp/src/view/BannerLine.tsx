import type { Config, Side } from '../backend/config.ts';
import type { Banner } from '../serving.ts';

interface Props {
  banner: Banner;
  config: Config;
  onSwitch: (side: Side) => void;
}

const SIGNS: Record<Banner['kind'], string> = {
  fenced: '⏸',
  moved: '⇄',
  'region-lost': '⚠',
  unreachable: '⚠',
  'sign-in-region': 'ⓘ',
};

/** The one thing that the user must know now. */
export function BannerLine({ banner, config, onSwitch }: Props) {
  const { kind, text, to } = banner;
  return (
    <section className="banner" role="status" aria-label="Notice" data-testid="banner" data-kind={kind}>
      <span className="sign" aria-hidden="true">{SIGNS[kind]}</span>
      <p>{text}</p>
      {to && (
        <button type="button" className="primary" onClick={() => onSwitch(to)}>
          Switch to {config[to].region}
        </button>
      )}
    </section>
  );
}
