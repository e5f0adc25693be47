// Takes out of a photo what says where it was taken, before it leaves the browser. Nothing is coded again.
import type { Bytes } from './bytes.ts';
import { strippedJpeg } from './jpeg.ts';
import { strippedPng } from './png.ts';
import type { ImageType } from './types.ts';
import { typeOf } from './types.ts';
import { strippedWebp } from './webp.ts';

export interface Stripped {
  type: ImageType;
  /** In the order in which they make the file. */
  parts: Bytes[];
  isAnimated: boolean;
}

/** A photo without metadata but its orientation; Unreadable if its structure cannot be read. */
export function stripped(file: Bytes): Stripped {
  const type = typeOf(file);
  switch (type) {
    case 'image/jpeg':
      return { type, parts: strippedJpeg(file), isAnimated: false };
    case 'image/png':
      return { type, ...strippedPng(file) };
    case 'image/webp':
      return { type, ...strippedWebp(file) };
    case 'image/gif': // has no Exif, and moves more often than not
      return { type, parts: [file], isAnimated: true };
  }
}
