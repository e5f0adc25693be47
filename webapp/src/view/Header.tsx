import { useServices } from '../services.ts';
import { Logo } from './Logo.tsx';
import { useStore } from './useStore.ts';

interface Props {
  user: string;
  onSignOut: () => void;
}

/** The product, the user, and sign-out. */
export function Header({ user, onSignOut }: Props) {
  const name = useStore(useServices().name);
  return (
    <header className="header">
      <Logo />
      <h1>Photos across two Regions</h1>
      <span className="user" title={`Signed in as ${user}`} dir="auto">
        {name}
      </span>
      <button type="button" className="plain" onClick={onSignOut}>
        Sign out
      </button>
    </header>
  );
}
