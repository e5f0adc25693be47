// Signed HTTP with a time-out and without retries: a fast fallback to the other Region matters more.
//
// Requests are signed here with credentials that are cached until they expire. A library that gets a session before
// each call would call Cognito in the primary Region just when that Region is lost.
import { AwsClient, AwsV4Signer } from 'aws4fetch';
import { learnTime, signingTime } from './clock.ts';
import { retryAfterMs } from './retries.ts';
import type { Credentials } from './session.ts';

export const TIMEOUT_MS = 10_000;
const SAME_URL_MS = 15 * 60_000;
/** S3's 409 for a put while another one of the same key goes on: the same request succeeds, or finds the object there. */
const CONFLICT_MS = 200;

/** A response that is not a success. `status` 0: no response. `retryAfterMs`: when the same request may succeed. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly retryAfterMs: number | null;

  constructor(status: number, code: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Call {
  body?: Record<string, string>;
  timeoutMs?: number;
  /** Ends the call when its answer is no longer wanted. */
  signal?: AbortSignal | undefined;
}

/** Call an API of a Region; returns the parsed body. */
export async function callApi<T>(
  credentials: Credentials,
  region: string,
  method: 'GET' | 'POST' | 'DELETE',
  url: string,
  { body, timeoutMs = TIMEOUT_MS, signal: unwanted }: Call = {},
): Promise<T> {
  const client = new AwsClient({ ...credentials, service: 'execute-api', region, retries: 0 });
  const late = AbortSignal.timeout(timeoutMs);
  const signal = unwanted ? AbortSignal.any([late, unwanted]) : late;
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
      throw new HttpError(
        0,
        isLate ? 'Timeout' : 'Unreachable',
        `${region} ${isLate ? 'did not respond in time' : 'cannot be reached'}.`,
      );
    }
    const parsed: unknown = await answer.json().catch(() => null);
    if (answer.ok) return parsed as T;
    const { code, message } = (parsed as { error?: { code?: string; message?: string } } | null)?.error ?? {};
    throw new HttpError(
      answer.status,
      code ?? 'Failed',
      message ?? `${region} returned ${answer.status}.`,
      answer.status === 503 ? retryAfterMs(answer.headers.get('Retry-After')) : null,
    );
  };
  return send().catch((error: unknown) => {
    if (error instanceof HttpError && error.status === 403 && learnTime(error.message)) return send();
    throw error;
  });
}

/**
 * A presigned URL of an object, valid as long as the credentials are, an hour at most. To read an object the URL stays
 * the same for 15 minutes, so that a browser's cache knows it.
 */
export async function presign(
  credentials: Credentials,
  region: string,
  method: 'GET' | 'HEAD' | 'PUT',
  url: string,
): Promise<string> {
  const address = new URL(url);
  address.searchParams.set('X-Amz-Expires', '3600');
  if (method === 'GET') address.searchParams.set('response-cache-control', 'private,max-age=3600,immutable');
  const signer = new AwsV4Signer({
    ...credentials,
    service: 's3',
    region,
    method,
    url: address.href,
    signQuery: true,
    datetime: signingTime(method === 'GET' ? SAME_URL_MS : 1),
  });
  return (await signer.sign()).url.href;
}

/** Whether an object exists. */
export async function hasObject(credentials: Credentials, region: string, url: string): Promise<boolean> {
  const address = await presign(credentials, region, 'HEAD', url);
  const answer = await fetch(address, { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(TIMEOUT_MS) });
  return answer.ok;
}

export interface Sending {
  /** Told how much of it has been sent, in bytes. */
  onSent: (bytes: number) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** Put an object by a presigned URL unless it is there. */
export function putObject(url: string, body: Blob, { onSent, signal }: Sending): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    // no time-out on the whole upload, which may be slow; only on one that makes no progress
    let watchdog = 0;
    const abort = () => request.abort();
    const feed = () => {
      clearTimeout(watchdog);
      watchdog = window.setTimeout(abort, 2 * TIMEOUT_MS);
    };
    const fail = (status: number, text: string, retryAfterMs: number | null = null) =>
      reject(new HttpError(status, 'Upload', text, retryAfterMs));
    request.upload.onprogress = (event) => {
      feed();
      onSent(Math.min(event.loaded, body.size));
    };
    request.onload = () => {
      const { status } = request;
      // 412: an earlier try, or another tab, has put it; nobody may replace it
      if (status === 200 || status === 412) resolve();
      else fail(status, `The object store returned ${status}.`, status === 409 ? CONFLICT_MS : null);
    };
    request.onerror = () => fail(0, 'The object store cannot be reached.');
    request.onabort = () => {
      if (signal.aborted) reject(signal.reason as Error);
      else fail(0, 'The object store did not respond in time.');
    };
    request.onloadend = () => {
      clearTimeout(watchdog);
      signal.removeEventListener('abort', abort);
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', abort);
    request.open('PUT', url);
    request.setRequestHeader('Content-Type', body.type);
    request.setRequestHeader('If-None-Match', '*');
    feed();
    request.send(body);
  });
}
