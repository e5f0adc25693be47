// Who is signed in, and with which credentials requests are signed.
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from 'aws-amplify/auth';
import type { Config } from './config.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** The sign-in has run out, and only a new one helps. */
export class SignedOut extends Error {}

/** The sign-in is to be renewed, and the service that does it does not answer. */
export class NotRenewed extends Error {}

const RENEW_BEFORE_MS = 5 * 60_000;
const NEXT_TRY_MS = 30_000;

let held: { credentials: Credentials; expiresAt: number } | null = null;
let nextTryAt = 0;
let running: Promise<Credentials> | null = null;

export function configure(config: Config): void {
  const { userPoolId, userPoolClientId, identityPoolId, userPoolEndpoint, identityPoolEndpoint } = config;
  // Amplify warns of every endpoint that it is given, its own default included
  const isDefault = userPoolEndpoint === `https://cognito-idp.${config.uiRegion}.amazonaws.com/`;
  const endpoints = isDefault ? {} : { userPoolEndpoint, identityPoolEndpoint };
  Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, identityPoolId, ...endpoints } } });
}

/** The user's name if somebody is signed in (the session outlives a reload), else null. */
export async function currentUser(): Promise<string | null> {
  try {
    return (await getCurrentUser()).username;
  } catch {
    return null;
  }
}

/** Sign in; `new-password` when the first password must be replaced. */
export async function enter(username: string, password: string): Promise<'done' | 'new-password'> {
  // what is left of an earlier session would be refused as "already signed in"
  if (await currentUser()) await leave();
  return stepOf(await signIn({ username, password }));
}

/** Answer to `new-password`. */
export async function choosePassword(password: string): Promise<'done' | 'new-password'> {
  return stepOf(await confirmSignIn({ challengeResponse: password }));
}

/** Sign out here; that the sign-in service hears of it is tried, not required. */
export async function leave(): Promise<void> {
  held = null;
  nextTryAt = 0;
  await signOut().catch(() => {});
}

/** Credentials for signing. Those held are used until they expire when they cannot be renewed. */
export function credentials(): Promise<Credentials> {
  const now = Date.now();
  const lifeMs = held ? held.expiresAt - now : 0;
  if (held && (lifeMs > RENEW_BEFORE_MS || (lifeMs > 0 && now < nextTryAt))) return Promise.resolve(held.credentials);
  running ??= renew().finally(() => { running = null; });
  return running;
}

async function renew(): Promise<Credentials> {
  try {
    const { credentials: fresh } = await fetchAuthSession();
    if (!fresh?.sessionToken) throw new SignedOut('Your sign-in has run out. Sign in again.');
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = fresh;
    const expiresAt = expiration?.getTime() ?? Date.now() + 15 * 60_000;
    held = { credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
    return held.credentials;
  } catch (error) {
    if (error instanceof SignedOut || nameOf(error) === 'NotAuthorizedException') {
      held = null;
      throw new SignedOut('Your sign-in has run out. Sign in again.');
    }
    if (held && held.expiresAt > Date.now()) {
      nextTryAt = Date.now() + NEXT_TRY_MS;
      return held.credentials;
    }
    throw new NotRenewed('Your sign-in cannot be renewed right now.');
  }
}

/** What to tell somebody whose sign-in failed. */
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
      return 'Too many tries. Wait a minute and try again.';
    case 'NetworkError':
    case 'TypeError':
      return `Sign-in does not answer. It is in ${region}; try again in a moment.`;
    default:
      return message;
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function stepOf({ isSignedIn, nextStep }: { isSignedIn: boolean; nextStep: { signInStep: string } }): 'done' | 'new-password' {
  if (isSignedIn) return 'done';
  if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED') return 'new-password';
  throw new Error(`This sign-in asks for a step that the app does not have: ${nextStep.signInStep}.`);
}
