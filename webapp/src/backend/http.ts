// Signed HTTP with a time limit and no retries: a fast fallback to the other Region matters more.
//
// Requests are signed here with credentials that are held until they expire. A library that asks for a session before
// each call would ask Cognito in the primary Region just when that Region is gone.
import { AwsClient, AwsV4Signer } from 'aws4fetch';
import { learnTime, signingTime } from './clock.ts';
import type { Credentials } from './session.ts';

export const PATIENCE_MS = 10_000;

/** An answer that is no success. `status` 0: nothing answered. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Call an API of a Region; the parsed body of its answer. */
export async function callApi<T>(
  credentials: Credentials,
  region: string,
  method: 'GET' | 'POST',
  url: string,
  body?: Record<string, string>,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const client = new AwsClient({ ...credentials, service: 'execute-api', region, retries: 0 });
  const signal = AbortSignal.timeout(patienceMs);
  const send = async (): Promise<T> => {
    const init: RequestInit & { aws: object } = { method, cache: 'no-store', signal, aws: { datetime: signingTime() } };
    if (body) {
      init.headers = { 'content-type': 'application/json' };
      // the API takes a raw U+FFFD for a damaged text
      init.body = JSON.stringify(body).replaceAll('\ufffd', '\\ufffd');
    }
    let answer: Response;
    try {
      answer = await client.fetch(url, init);
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      throw new HttpError(0, isLate ? 'Timeout' : 'Unreachable', `${region} ${isLate ? 'did not answer in time' : 'cannot be reached'}.`);
    }
    const parsed: unknown = await answer.json().catch(() => null);
    if (answer.ok) return parsed as T;
    const { code, message } = (parsed as { error?: { code?: string; message?: string } } | null)?.error ?? {};
    throw new HttpError(answer.status, code ?? 'Failed', message ?? `${region} answered ${answer.status}.`);
  };
  return send().catch((error: unknown) => {
    if (error instanceof HttpError && error.status === 403 && learnTime(error.message)) return send();
    throw error;
  });
}

/** An address of an object that works by itself for as long as the credentials do, an hour at most. */
export async function presign(
  credentials: Credentials,
  region: string,
  method: 'GET' | 'PUT',
  url: string,
): Promise<string> {
  const address = new URL(url);
  address.searchParams.set('X-Amz-Expires', '3600');
  const signer = new AwsV4Signer({ ...credentials, service: 's3', region, method, url: address.href, signQuery: true, datetime: signingTime() });
  return (await signer.sign()).url.href;
}

/** Put an object by a presigned address; `onProgress` gets the share that has been sent, 0 to 1. */
export function putObject(url: string, body: Blob, type: string, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    // no limit on the whole: a phone takes its time; but a transfer that stands still is given up
    let watchdog = 0;
    const feed = () => {
      clearTimeout(watchdog);
      watchdog = window.setTimeout(() => request.abort(), 2 * PATIENCE_MS);
    };
    const fail = (status: number, text: string) => {
      clearTimeout(watchdog);
      reject(new HttpError(status, 'Upload', text));
    };
    request.upload.onprogress = (event) => {
      feed();
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    request.onload = () => {
      clearTimeout(watchdog);
      if (request.status === 200) resolve();
      else fail(request.status, `The object store answered ${request.status}.`);
    };
    request.onerror = () => fail(0, 'The object store cannot be reached.');
    request.onabort = () => fail(0, 'The object store did not answer in time.');
    request.open('PUT', url);
    request.setRequestHeader('Content-Type', type);
    feed();
    request.send(body);
  });
}
