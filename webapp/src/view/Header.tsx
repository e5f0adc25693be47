import type { Config } from '../backend/config.ts';
import { labelOf } from '../serving.ts';
import type { Serving } from '../serving.ts';
import { Logo } from './Logo.tsx';

interface Props {
  serving: Serving | null;
  config: Config;
  user: string;
  onSignOut: () => void;
}

/** The current Region, the application state, and sign-out. */
export function Header({ serving, config, user, onSignOut }: Props) {
  const region = serving ? config[serving.side].region : '';
  return (
    <header className="header">
      <Logo />
      <h1>Photos across two Regions</h1>
      <p
        className="state"
        role="status"
        aria-label="Application state"
        data-testid="state"
        data-state={serving?.record?.state ?? 'unknown'}
        data-region={region}
      >
        <span className="dot" aria-hidden="true" />
        {serving ? `${labelOf(serving)} · ${region}` : 'Checking both Regions…'}
      </p>
      <span className="user" title={user}>{user}</span>
      <button type="button" className="plain" onClick={onSignOut}>Sign out</button>
    </header>
  );
}
