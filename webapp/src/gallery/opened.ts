// What the light box shows for the address that is open. Pure.
import type { Photo } from '../backend/photos.ts';

export type Opened =
  { status: 'searching' | 'unknown' } | { status: 'found'; photo: Photo; previous: Photo | null; next: Photo | null };

/** Whether the back end takes it as a photo's id. */
export const isPhotoId = (text: string): boolean => PHOTO_ID.test(text);

const PHOTO_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The photo of an id, with its neighbours in `photos`, newest first. Ids are in the order of time: it is unknown once an
 * older one is there, or if no more follow.
 */
export function openedOf(photoId: string, photos: readonly Photo[], hasMore: boolean): Opened {
  const index = photos.findIndex((photo) => photo.photoId === photoId);
  if (index >= 0) {
    const photoAt = (at: number) => photos[at] ?? null;
    return { status: 'found', photo: photos[index]!, previous: photoAt(index - 1), next: photoAt(index + 1) };
  }
  const isPassed = (photos.at(-1)?.photoId ?? '~') < photoId;
  return { status: hasMore && !isPassed && isPhotoId(photoId) ? 'searching' : 'unknown' };
}
