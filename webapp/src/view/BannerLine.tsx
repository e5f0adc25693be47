import type { Config, Side } from '../backend/config.ts';
import type { Banner } from '../serving.ts';

interface Props {
  banner: Banner;
  config: Config;
  onSwitch: (side: Side) => void;
}

// drawn, because fonts differ in the symbols that they have
const PAUSE = 'M8 6v12M16 6v12';
const MOVE = 'M4 8h15m0 0-4-4m4 4-4 4M20 16H5m0 0 4-4m-4 4 4 4';
const WARNING = 'M12 3 2.5 20h19zM12 9.5v5M12 17.2v.3';
const INFORMATION = 'M12 3a9 9 0 1 0 .01 0zM12 11v6M12 7.2v.3';

const SIGNS: Record<Banner['kind'], string> = {
  fenced: PAUSE,
  moved: MOVE,
  'region-lost': WARNING,
  unreachable: WARNING,
  'sign-in-region': INFORMATION,
};

/** The one thing that the user must know now. */
export function BannerLine({ banner, config, onSwitch }: Props) {
  const { kind, text, to } = banner;
  return (
    <section className="banner" role="status" aria-label="Notice" data-testid="banner" data-kind={kind}>
      <svg className="sign" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <path d={SIGNS[kind]} />
      </svg>
      <p>{text}</p>
      {to && (
        <button type="button" className="primary" onClick={() => onSwitch(to)}>
          Switch to {config[to].region}
        </button>
      )}
    </section>
  );
}
