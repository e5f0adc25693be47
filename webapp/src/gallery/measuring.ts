import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { addressesOf } from '../backend/photos.ts';

/** A photo's proportions, from its thumbnail, which the browser then has; from the photo itself if there is none. */
export async function proportionOf(place: Place, photo: Photo): Promise<number> {
  const { thumbnail, full } = await addressesOf(place, photo);
  const { naturalWidth, naturalHeight } = await loaded(thumbnail).catch(() => loaded(full));
  return naturalWidth / naturalHeight;
}

function loaded(src: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error('The picture cannot be loaded.'));
    image.src = src;
  });
}
