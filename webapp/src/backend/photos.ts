// Photos and comments of one Region. A photo's object is written first; its record is the commit point.
import type { Prepared } from '../images/prepare.ts';
import type { Place } from './config.ts';
import type { Sending } from './http.ts';
import { callApi, hasObject, presign, putObject } from './http.ts';
import { retried } from './retries.ts';
import { credentials, signedInAs } from './session.ts';

export interface Photo {
  photoId: string;
  title: string;
  user: string;
  contentType: string;
  createdAt: string;
  /** Who added it: the subject of a Cognito user, or the ARN of another caller. */
  author?: string;
  /** Whether there is a rendition of at most 1,600 px. */
  hasLarge?: boolean;
}

export interface Comment {
  commentId: string;
  user: string;
  message: string;
  createdAt: string;
}

export interface Page<T> {
  entries: T[];
  nextToken: string | null;
  /** When it was asked for. */
  askedAtMs?: number;
}

/** A page of photos, newest first. */
export async function listPhotos(place: Place, nextToken: string | null, signal?: AbortSignal): Promise<Page<Photo>> {
  const askedAtMs = Date.now();
  const page = await read<{ photos: Photo[] }>(place, 'photos', nextToken, signal);
  return { entries: page.photos, nextToken: page.nextToken, askedAtMs };
}

/** A page of a photo's comments, oldest first. */
export async function listComments(
  place: Place,
  photoId: string,
  nextToken: string | null,
  signal?: AbortSignal,
): Promise<Page<Comment>> {
  const page = await read<{ comments: Comment[] }>(place, `comments/${photoId}`, nextToken, signal);
  return { entries: page.comments, nextToken: page.nextToken };
}

/** Post a comment; retrying with the same id is safe. */
export async function postComment(place: Place, photoId: string, comment: Comment): Promise<Comment> {
  const { commentId, user, message } = comment;
  return write(place, 'POST', `comments/${photoId}`, { commentId, user, message });
}

/** Put a photo's objects, then its record; retrying with the same id is safe. With the last object sent it is too late to end it. */
export async function addPhoto(
  place: Place,
  { photoId, title, user }: Pick<Photo, 'photoId' | 'title' | 'user'>,
  { thumbnail, large, full }: Prepared,
  { onSent, signal }: Sending,
): Promise<Photo> {
  let sentBytes = 0;
  const put = async (key: string, body: Blob) => {
    await retried(async () =>
      putObject(await presign(await credentials(), place.region, 'PUT', objectUrl(place, key)), body, {
        onSent: (bytes) => onSent(sentBytes + bytes),
        signal,
      }),
    );
    sentBytes += body.size;
    onSent(sentBytes);
  };
  await put(`thumb/${photoId}`, thumbnail);
  if (large) await put(`large/${photoId}`, large); // the record says whether it is there
  await put(photoId, full);
  return write(place, 'POST', `photos/${photoId}`, { user, title, contentType: full.type });
}

/** Delete a photo of one's own: its record, then its objects. Safe to repeat. */
export async function deletePhoto(place: Place, photoId: string): Promise<void> {
  await write(place, 'DELETE', `photos/${photoId}`);
}

/** Whether the signed-in user is the author; the server has the last word. */
export const isOwn = ({ author }: Pick<Photo, 'author'>): boolean => !!author && author === signedInAs();

/** Which of these photos a Region has, with record and object. */
export async function photosThere(place: Place, photoIds: string[]): Promise<string[]> {
  const recorded = new Set<string>();
  const oldest = photoIds.reduce((a, b) => (a < b ? a : b));
  for (let token: string | null | undefined; token !== null;) {
    const page: Page<Photo> = await listPhotos(place, token ?? null);
    page.entries.forEach(({ photoId }) => recorded.add(photoId));
    const isPassed = (page.entries.at(-1)?.photoId ?? '') < oldest;
    token = isPassed ? null : page.nextToken;
  }
  const there = photoIds.filter((photoId) => recorded.has(photoId));
  const keys = await credentials();
  const isComplete = await Promise.all(
    there.map((photoId) => hasObject(keys, place.region, objectUrl(place, photoId)).catch(() => false)),
  );
  return there.filter((_, index) => isComplete[index]);
}

/** Which of these comments of a photo a Region has. */
export async function commentsThere(place: Place, photoId: string, commentIds: string[]): Promise<string[]> {
  const found: string[] = [];
  for (let token: string | null | undefined; token !== null && found.length < commentIds.length;) {
    const page: Page<Comment> = await listComments(place, photoId, token ?? null);
    found.push(...page.entries.map(({ commentId }) => commentId).filter((id) => commentIds.includes(id)));
    token = page.nextToken;
  }
  return found;
}

export interface Addresses {
  thumbnail: string;
  /** A version of at most 1,600 px, or the original if there is none. */
  large: string;
  full: string;
}

/** URLs that an `<img>` can load. */
export async function addressesOf(
  place: Place,
  { photoId, hasLarge }: Pick<Photo, 'photoId' | 'hasLarge'>,
): Promise<Addresses> {
  const keys = await credentials();
  const sign = (key: string) => presign(keys, place.region, 'GET', objectUrl(place, key));
  const [thumbnail, large, full] = await Promise.all([
    sign(`thumb/${photoId}`),
    sign(hasLarge ? `large/${photoId}` : photoId),
    sign(photoId),
  ]);
  return { thumbnail, large, full };
}

function objectUrl(place: Place, key: string): string {
  return `${place.objectStoreUrl}/public/${key}`;
}

async function read<T>(
  place: Place,
  path: string,
  nextToken: string | null,
  signal: AbortSignal | undefined,
): Promise<T & { nextToken: string | null }> {
  const query = nextToken ? `?nextToken=${encodeURIComponent(nextToken)}` : '';
  return callApi(await credentials(), place.region, 'GET', `${place.photosUrl}/${path}${query}`, { signal });
}

function write<T>(place: Place, method: 'POST' | 'DELETE', path: string, body?: Record<string, string>): Promise<T> {
  const url = `${place.photosUrl}/${path}`;
  return retried(async () => callApi(await credentials(), place.region, method, url, body && { body }));
}
