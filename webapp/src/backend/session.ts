// Who is signed in, and with which credentials requests are signed.
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from 'aws-amplify/auth';
import type { Config } from './config.ts';
import { NotRenewed, SignedOut } from './errors.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

const RENEW_BEFORE_MS = 5 * 60_000;
const NEXT_TRY_MS = 30_000;

const HELD = 'credentials';

interface Held {
  credentials: Credentials;
  expiresAt: number;
}

// kept for a reload of this tab: the same credentials sign the same addresses of thumbnails, which are in the cache
let held: Held | null = restored();
let nextTryAt = 0;
let subject: string | null = null;
let running: Promise<Credentials> | null = null;
let sessions = 0;
let client = { id: '', endpoint: '' };

export function configure(config: Config): void {
  const { userPoolId, userPoolClientId, identityPoolId, userPoolEndpoint, identityPoolEndpoint } = config;
  client = { id: userPoolClientId, endpoint: userPoolEndpoint };
  // Amplify warns about every configured endpoint, even about its own default
  const isDefault = userPoolEndpoint === `https://cognito-idp.${config.uiRegion}.amazonaws.com/`;
  const endpoints = isDefault ? {} : { userPoolEndpoint, identityPoolEndpoint };
  Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, identityPoolId, ...endpoints } } });
}

/** The user's name if somebody is signed in (the session outlives a reload), else null. */
export async function currentUser(): Promise<string | null> {
  try {
    const { username, userId } = await getCurrentUser();
    subject = userId;
    return username;
  } catch {
    subject = null;
    return null;
  }
}

/** The signed-in user's subject, as the back end names the author of what they add; null before `currentUser`. */
export const signedInAs = (): string | null => subject;

/** Sign in; `new-password` when the first password must be replaced. */
export async function startSignIn(username: string, password: string): Promise<'done' | 'new-password'> {
  hold(null); // of somebody who used this tab before
  // Amplify rejects a sign-in over an earlier session as "already signed in"
  if (await currentUser()) await endSession();
  return stepOf(await signIn({ username, password }));
}

/** Complete `new-password`. */
export async function choosePassword(password: string): Promise<'done' | 'new-password'> {
  return stepOf(await confirmSignIn({ challengeResponse: password }));
}

/** Sign out here, at once: a reload finds nobody signed in. The sign-in service is notified if it responds. */
export async function endSession(): Promise<void> {
  sessions += 1;
  running = null;
  subject = null;
  nextTryAt = 0;
  hold(null);
  removeTokens();
  await signOut().catch(() => {}); // what Amplify holds in memory
}

/** Remove the user's tokens and have them revoked. Amplify would first wait for the sign-in service, which may hang. */
function removeTokens(): void {
  for (const name of Object.keys(localStorage)) {
    if (!name.startsWith(`CognitoIdentityServiceProvider.${client.id}.`)) continue;
    if (name.endsWith('.refreshToken')) revoke(localStorage.getItem(name) ?? '');
    localStorage.removeItem(name);
  }
}

function revoke(token: string): void {
  fetch(client.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.RevokeToken',
    },
    body: JSON.stringify({ ClientId: client.id, Token: token }),
    keepalive: true, // the tab may be closed next
  }).catch(() => {});
}

/** When the cached credentials expire (milliseconds since 1970); null if there are none. */
export const expiresAt = (): number | null => held?.expiresAt ?? null;

/** Credentials for signing. If they cannot be renewed, the cached ones are used until they expire. */
export function credentials(): Promise<Credentials> {
  const now = Date.now();
  const lifeMs = held ? held.expiresAt - now : 0;
  if (held && (lifeMs > RENEW_BEFORE_MS || (lifeMs > 0 && now < nextTryAt))) return Promise.resolve(held.credentials);
  running ??= renew().finally(() => {
    running = null;
  });
  return running;
}

async function renew(): Promise<Credentials> {
  const session = sessions;
  try {
    const { credentials: fresh } = await fetchAuthSession();
    if (session !== sessions) throw new SignedOut();
    if (!fresh?.sessionToken) throw new SignedOut('Your session has expired. Sign in again.');
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = fresh;
    const expiresAt = expiration?.getTime() ?? Date.now() + 15 * 60_000;
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    hold({ credentials, expiresAt });
    return credentials;
  } catch (error) {
    if (session !== sessions) {
      if (!subject) removeTokens(); // Amplify may have stored renewed ones
      throw new NotRenewed('You have signed out.'); // not SignedOut: that would end the next session
    }
    if (error instanceof SignedOut || nameOf(error) === 'NotAuthorizedException') {
      hold(null);
      throw new SignedOut('Your session has expired. Sign in again.');
    }
    if (held && held.expiresAt > Date.now()) {
      nextTryAt = Date.now() + NEXT_TRY_MS;
      return held.credentials;
    }
    throw new NotRenewed('Your session cannot be renewed right now.');
  }
}

/** The message for a failed sign-in. */
export function signInProblem(error: unknown, region: string): string {
  const message = error instanceof Error ? error.message : String(error);
  switch (nameOf(error)) {
    case 'NotAuthorizedException':
      return /temporary password|disabled|attempts/i.test(message) ? message : 'User name or password is wrong.';
    case 'UserNotFoundException':
      return 'User name or password is wrong.';
    case 'InvalidPasswordException':
      return `This password is too weak: ${message.replace(/^Password did not conform with policy: /i, '')}`;
    case 'TooManyRequestsException':
    case 'LimitExceededException':
      return 'Too many attempts. Wait a minute and try again.';
    case 'NetworkError':
    case 'TypeError':
      return `The sign-in service in ${region} does not respond. Try again in a moment.`;
    default:
      return message;
  }
}

/** Tell when another tab signs out, or signs in as somebody else; returns a function that stops it. */
export function onOtherUser(listener: () => void): () => void {
  const onStorage = ({ key, oldValue, newValue }: StorageEvent) => {
    // Amplify's name of the signed-in user; no key: everything was cleared
    if (key === null || (key.endsWith('.LastAuthUser') && oldValue !== null && newValue !== oldValue)) listener();
  };
  window.addEventListener('storage', onStorage);
  return () => window.removeEventListener('storage', onStorage);
}

function hold(value: Held | null): void {
  held = value;
  if (value) sessionStorage.setItem(HELD, JSON.stringify(value));
  else sessionStorage.removeItem(HELD);
}

function restored(): Held | null {
  const text = sessionStorage.getItem(HELD);
  return text ? (JSON.parse(text) as Held) : null;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function stepOf({
  isSignedIn,
  nextStep,
}: {
  isSignedIn: boolean;
  nextStep: { signInStep: string };
}): 'done' | 'new-password' {
  if (isSignedIn) return 'done';
  if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED') return 'new-password';
  throw new Error(`Unsupported sign-in step: ${nextStep.signInStep}.`);
}
