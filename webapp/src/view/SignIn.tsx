import type { SubmitEvent } from 'react';
import { useState } from 'react';
import type { Config } from '../backend/config.ts';
import { choosePassword, currentUser, startSignIn, signInProblem } from '../backend/session.ts';
import { Logo } from './Logo.tsx';

interface Props {
  config: Config;
  note: string | undefined;
  onDone: (user: string) => void;
}

/** Sign-in, and the new password that the first sign-in requires. */
export function SignIn({ config, note, onDone }: Props) {
  const [step, setStep] = useState<'sign-in' | 'new-password'>('sign-in');
  const [problem, setProblem] = useState(note ?? '');
  const [isBusy, setIsBusy] = useState(false);
  const [user, setUser] = useState('');

  const submit = async (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const text = (name: string) => fields.get(name) as string;
    setIsBusy(true);
    setProblem('');
    try {
      const name = text('user').trim();
      setUser(name);
      const next =
        step === 'sign-in' ? await startSignIn(name, text('password')) : await choosePassword(text('chosen'));
      if (next === 'done') onDone((await currentUser()) ?? name);
      else setStep('new-password');
    } catch (error) {
      setProblem(signInProblem(error, config.uiRegion));
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <Logo />
      <p className="product">Photos across two Regions</p>
      <form key={step} onSubmit={(event) => void submit(event)} aria-busy={isBusy}>
        {step === 'sign-in' ? (
          <>
            <h1>Sign in</h1>
            <label htmlFor="user">User name</label>
            <input
              id="user"
              name="user"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
            />
            <label htmlFor="password">Password</label>
            <input id="password" name="password" type="password" autoComplete="current-password" required />
          </>
        ) : (
          <>
            <h1>Choose a password</h1>
            <p>This is your first sign-in: replace the temporary password.</p>
            {/* for password managers, which store it with the user name */}
            <input name="user" autoComplete="username" value={user} readOnly hidden />
            <label htmlFor="chosen">New password</label>
            <input
              id="chosen"
              name="chosen"
              type="password"
              autoComplete="new-password"
              aria-describedby="rules"
              required
              autoFocus
            />
            <p id="rules" className="quiet">
              At least 12 characters, with lower and upper case letters, a digit and a symbol.
            </p>
          </>
        )}
        {problem && (
          <p role="alert" className="problem">
            {problem}
          </p>
        )}
        <button type="submit" className="primary" disabled={isBusy}>
          {step === 'sign-in' ? 'Sign in' : 'Save and sign in'}
        </button>
      </form>
    </main>
  );
}
