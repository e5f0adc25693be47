import { useCallback, useEffect, useState } from 'react';
import type { Config } from '../backend/config.ts';
import { readConfig } from '../backend/config.ts';
import { configure, currentUser, endSession, onOtherUser } from '../backend/session.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { SignIn } from './SignIn.tsx';
import { Workspace } from './Workspace.tsx';

type Phase =
  | { name: 'starting' }
  | { name: 'broken'; problem: string }
  | { name: 'signed-out'; config: Config; note?: string }
  | { name: 'signed-in'; config: Config; user: string };

export function App() {
  const [phase, setPhase] = useState<Phase>({ name: 'starting' });

  useEffect(() => {
    const start = async () => {
      const config = await readConfig();
      configure(config);
      const user = await currentUser();
      setPhase(user ? { name: 'signed-in', config, user } : { name: 'signed-out', config });
    };
    start().catch((error: Error) => setPhase({ name: 'broken', problem: error.message }));
  }, []);

  const { name } = phase;
  const onSignedOut = useCallback((note?: string) => {
    void endSession();
    setPhase((now) => ('config' in now ? { name: 'signed-out', config: now.config, ...(note && { note }) } : now));
  }, []);
  useEffect(() => {
    if (name === 'signed-in') return onOtherUser(() => onSignedOut('You have signed out in another tab.'));
  }, [name, onSignedOut]);

  switch (phase.name) {
    case 'starting':
      return (
        <p className="quiet centred" role="status">
          Starting…
        </p>
      );
    case 'broken':
      return (
        <main className="centred">
          <h1>Photos across two Regions</h1>
          <p role="alert">The configuration (uiConfig.json) cannot be loaded: {phase.problem}.</p>
          <button type="button" onClick={() => location.reload()}>
            Try again
          </button>
        </main>
      );
    case 'signed-out': {
      const { config, note } = phase;
      const onDone = (user: string) => setPhase({ name: 'signed-in', config, user });
      return <SignIn config={config} note={note} onDone={onDone} />;
    }
    case 'signed-in': {
      const { config, user } = phase;
      return (
        <ErrorBoundary>
          <Workspace key={user} config={config} user={user} onSignedOut={onSignedOut} />
        </ErrorBoundary>
      );
    }
  }
}
