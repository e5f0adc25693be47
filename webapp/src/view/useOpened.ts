import { useEffect, useState } from 'react';
import type { Photo } from '../backend/photos.ts';
import type { Opened } from '../gallery/opened.ts';
import { openedOf } from '../gallery/opened.ts';
import type { Photos } from './useGallery.ts';

/** How close to the last photo that is loaded the next page is loaded. */
const AHEAD = 5;

/** The photo of an address; older pages are loaded until it is found, and for the photos after it. */
export function useOpened(photoId: string | null, gallery: Photos): Opened | null {
  const { photos, isAll, canLoadMore, loadMore } = gallery;
  const [last, setLast] = useState<Photo | null>(null);
  const found = photoId === null ? null : openedOf(photoId, photos, !isAll);
  const photo = found?.status === 'found' ? found.photo : null;
  if (photo && photo !== last) setLast(photo);

  const isNearEnd = photo !== null && photos.slice(-AHEAD).some((one) => one.photoId === photo.photoId);
  const isWanted = found?.status === 'searching' || isNearEnd;
  useEffect(() => {
    if (isWanted && canLoadMore) loadMore();
  }, [isWanted, canLoadMore, loadMore]);

  // once seen it stays: a Region that takes over may not have it yet
  if (photo === null && last?.photoId === photoId) {
    return { status: 'found', photo: last, previous: null, next: null };
  }
  return found;
}
