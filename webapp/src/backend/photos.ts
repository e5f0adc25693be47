// Photos and comments of one Region. A photo's object is written first; its record is the commit point.
import type { Place } from './config.ts';
import { callApi, presign, putObject } from './http.ts';
import { credentials } from './session.ts';
import { thumbnailOf } from './thumbnail.ts';

export interface Photo {
  photoId: string;
  title: string;
  user: string;
  contentType: string;
  createdAt: string;
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
}

/** A page of photos, newest first. */
export async function listPhotos(place: Place, nextToken: string | null): Promise<Page<Photo>> {
  const url = withToken(`${place.photosUrl}/photos`, nextToken);
  const page = await callApi<{ photos: Photo[]; nextToken: string | null }>(await credentials(), place.region, 'GET', url);
  return { entries: page.photos, nextToken: page.nextToken };
}

/** A page of a photo's comments, oldest first. */
export async function listComments(place: Place, photoId: string, nextToken: string | null): Promise<Page<Comment>> {
  const url = withToken(`${place.photosUrl}/comments/${photoId}`, nextToken);
  const page = await callApi<{ comments: Comment[]; nextToken: string | null }>(await credentials(), place.region, 'GET', url);
  return { entries: page.comments, nextToken: page.nextToken };
}

/** Post a comment; retrying with the same id is safe. */
export async function postComment(place: Place, photoId: string, comment: Comment): Promise<Comment> {
  const { commentId, user, message } = comment;
  const url = `${place.photosUrl}/comments/${photoId}`;
  return callApi(await credentials(), place.region, 'POST', url, { commentId, user, message });
}

/** Put a photo's objects, then its record; retrying with the same id is safe. `onProgress` as in `putObject`. */
export async function addPhoto(
  place: Place,
  photo: Pick<Photo, 'photoId' | 'title' | 'user' | 'contentType'>,
  file: Blob,
  onProgress: (share: number) => void,
): Promise<Photo> {
  const { photoId, title, user, contentType } = photo;
  const thumbnail = await thumbnailOf(file);
  const put = async (key: string, body: Blob, onShare: (share: number) => void) =>
    putObject(await presign(await credentials(), place.region, 'PUT', objectUrl(place, key)), body, body.type, onShare);
  await put(`thumb/${photoId}`, thumbnail, () => {});
  await put(photoId, file, onProgress);
  const url = `${place.photosUrl}/photos/${photoId}`;
  return callApi(await credentials(), place.region, 'POST', url, { user, title, contentType });
}

/** URLs that an `<img>` can load: the thumbnail, and the photo itself. */
export async function addressesOf(place: Place, photoId: string): Promise<{ thumbnail: string; full: string }> {
  const keys = await credentials();
  const [thumbnail, full] = await Promise.all(
    [`thumb/${photoId}`, photoId].map((key) => presign(keys, place.region, 'GET', objectUrl(place, key))),
  );
  return { thumbnail: thumbnail!, full: full! };
}

function objectUrl(place: Place, key: string): string {
  return `${place.objectStoreUrl}/public/${key}`;
}

function withToken(url: string, nextToken: string | null): string {
  return nextToken ? `${url}?nextToken=${encodeURIComponent(nextToken)}` : url;
}
