// Signed HTTP with a time-out and without retries: a fast fallback to the other Region matters more.
//
// Requests are signed here with credentials that are cached until they expire. A library that gets a session before
// each call would call Cognito in the primary Region just when that Region is lost.
import { AwsClient, AwsV4Signer } from 'aws4fetch';
import { learnTime, signingTime } from './clock.ts';
import type { Credentials } from './session.ts';

export const TIMEOUT_MS = 10_000;

/** A response that is not a success. `status` 0: no response. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Call an API of a Region; returns the parsed body. */
export async function callApi<T>(
  credentials: Credentials,
  region: string,
  method: 'GET' | 'POST',
  url: string,
  body?: Record<string, string>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<T> {
  const client = new AwsClient({ ...credentials, service: 'execute-api', region, retries: 0 });
  const signal = AbortSignal.timeout(timeoutMs);
  const send = async (): Promise<T> => {
    const init: RequestInit & { aws: object } = { method, cache: 'no-store', signal, aws: { datetime: signingTime() } };
    if (body) {
      init.headers = { 'content-type': 'application/json' };
      // the API rejects a raw U+FFFD as text that was not UTF-8
      init.body = JSON.stringify(body).replaceAll('\ufffd', '\\ufffd');
    }
    let answer: Response;
    try {
      answer = await client.fetch(url, init);
    } catch (error) {
      const isLate = error instanceof DOMException && error.name === 'TimeoutError';
      throw new HttpError(0, isLate ? 'Timeout' : 'Unreachable', `${region} ${isLate ? 'did not respond in time' : 'cannot be reached'}.`);
    }
    const parsed: unknown = await answer.json().catch(() => null);
    if (answer.ok) return parsed as T;
    const { code, message } = (parsed as { error?: { code?: string; message?: string } } | null)?.error ?? {};
    throw new HttpError(answer.status, code ?? 'Failed', message ?? `${region} returned ${answer.status}.`);
  };
  return send().catch((error: unknown) => {
    if (error instanceof HttpError && error.status === 403 && learnTime(error.message)) return send();
    throw error;
  });
}

/** A presigned URL of an object, valid as long as the credentials are, an hour at most. */
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

/** Put an object by a presigned URL; `onProgress` gets the share that has been sent, 0 to 1. */
export function putObject(url: string, body: Blob, type: string, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    // no time-out on the whole upload, which may be slow; only on one that makes no progress
    let watchdog = 0;
    const feed = () => {
      clearTimeout(watchdog);
      watchdog = window.setTimeout(() => request.abort(), 2 * TIMEOUT_MS);
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
      else fail(request.status, `The object store returned ${request.status}.`);
    };
    request.onerror = () => fail(0, 'The object store cannot be reached.');
    request.onabort = () => fail(0, 'The object store did not respond in time.');
    request.open('PUT', url);
    request.setRequestHeader('Content-Type', type);
    feed();
    request.send(body);
  });
}
