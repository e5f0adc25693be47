// Who is signed in, and with which credentials requests are signed.
import { Amplify } from 'aws-amplify';
import { confirmSignIn, fetchAuthSession, getCurrentUser, signIn, signOut } from 'aws-amplify/auth';
import type { Config } from './config.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

/** The session has expired; the user must sign in again. */
export class SignedOut extends Error {}

/** The session must be renewed, and the sign-in service does not respond. */
export class NotRenewed extends Error {}

const RENEW_BEFORE_MS = 5 * 60_000;
const NEXT_TRY_MS = 30_000;

let held: { credentials: Credentials; expiresAt: number } | null = null;
let nextTryAt = 0;
let running: Promise<Credentials> | null = null;

export function configure(config: Config): void {
  const { userPoolId, userPoolClientId, identityPoolId, userPoolEndpoint, identityPoolEndpoint } = config;
  // Amplify warns about every configured endpoint, even about its own default
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
export async function startSignIn(username: string, password: string): Promise<'done' | 'new-password'> {
  // Amplify rejects a sign-in over an earlier session as "already signed in"
  if (await currentUser()) await endSession();
  return stepOf(await signIn({ username, password }));
}

/** Complete `new-password`. */
export async function choosePassword(password: string): Promise<'done' | 'new-password'> {
  return stepOf(await confirmSignIn({ challengeResponse: password }));
}

/** Sign out here; the sign-in service is notified if it responds. */
export async function endSession(): Promise<void> {
  held = null;
  nextTryAt = 0;
  await signOut().catch(() => {});
}

/** Credentials for signing. If they cannot be renewed, the cached ones are used until they expire. */
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
    if (!fresh?.sessionToken) throw new SignedOut('Your session has expired. Sign in again.');
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = fresh;
    const expiresAt = expiration?.getTime() ?? Date.now() + 15 * 60_000;
    held = { credentials: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
    return held.credentials;
  } catch (error) {
    if (error instanceof SignedOut || nameOf(error) === 'NotAuthorizedException') {
      held = null;
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

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function stepOf({ isSignedIn, nextStep }: { isSignedIn: boolean; nextStep: { signInStep: string } }): 'done' | 'new-password' {
  if (isSignedIn) return 'done';
  if (nextStep.signInStep === 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED') return 'new-password';
  throw new Error(`Unsupported sign-in step: ${nextStep.signInStep}.`);
}
