// Smaller JPEGs of a photo, drawn by the browser, which turns them upright.
import { Unreadable } from './unreadable.ts';

const THUMBNAIL_PX = 320;
const LARGE_PX = 1_600;
const QUALITY = 0.82;

export interface Renditions {
  thumbnail: Blob;
  /** Null where the photo itself is not larger. */
  large: Blob | null;
}

/** Unreadable if the browser cannot read the image. `isAnimated`: no large one, which would stand still. */
export async function renditionsOf(image: Blob, isAnimated: boolean): Promise<Renditions> {
  const bitmap = await createImageBitmap(image).catch(() => {
    throw new Unreadable('The browser cannot read this file as an image.');
  });
  try {
    const thumbnail = await drawn(bitmap, THUMBNAIL_PX);
    if (isAnimated || Math.max(bitmap.width, bitmap.height) <= LARGE_PX) return { thumbnail, large: null };
    const large = await drawn(bitmap, LARGE_PX);
    return { thumbnail, large: large.size < image.size ? large : null };
  } finally {
    bitmap.close();
  }
}

async function drawn(bitmap: ImageBitmap, edgePx: number): Promise<Blob> {
  const scale = Math.min(1, edgePx / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff'; // JPEG has no transparency; without a background it turns black
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('The photo could not be made smaller.'))),
      'image/jpeg',
      QUALITY,
    );
  });
}
