// Which photos the grid shows while their proportions become known one by one. Pure.
import type { Photo } from '../backend/photos.ts';

/** Before anything is shown: sorts behind every id. */
export const NOTHING_YET = '~';

/**
 * The photos to lay out, of those in `photos`, newest first, and the id of the oldest of them. Older ones join at the end
 * in their order, so that nothing that is shown moves; newer ones whenever they are known, since they come on top.
 */
export function revealed(
  photos: readonly Photo[],
  proportions: ReadonlyMap<string, number>,
  oldest: string,
): { shown: Photo[]; oldest: string } {
  const shown: Photo[] = [];
  for (const photo of photos) {
    if (proportions.has(photo.photoId)) shown.push(photo);
    else if (photo.photoId < oldest) break;
  }
  const last = shown.at(-1)?.photoId ?? oldest;
  return { shown, oldest: last < oldest ? last : oldest };
}
