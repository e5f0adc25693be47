// What a file is, by its first bytes: its name and the type that the system derives from it may be wrong.
import { Unreadable } from './unreadable.ts';
import type { Bytes } from './bytes.ts';
import { textAt } from './bytes.ts';

export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

const PHOTOS: [RegExp, ImageType][] = [
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^RIFF[^]{4}WEBP/, 'image/webp'],
];

// the brands of a file of boxes (`ftyp`) are among its first bytes; mif1 alone says little
const ADVICE: [RegExp, string][] = [
  [/^[^]{4}ftyp[^]{0,40}avi[fs]/, 'AVIF photos are not shown by all browsers: export it as JPEG.'],
  [/^[^]{4}ftyp[^]{0,40}(he[iv][cmsx]|mif1|msf1)/, 'HEIC photos are not shown by most browsers: export it as JPEG.'],
  [/^[^]{4}ftyp/, 'This is a video: only photos can be added.'],
  [/^(II\*\0|MM\0\*)/, 'TIFF and raw photos are not shown by browsers: export it as JPEG.'],
  [/^(\xff\x0a|\0\0\0\x0cJXL )/, 'JPEG XL photos are not shown by most browsers: export it as JPEG.'],
  [/^BM/, 'BMP pictures are large and seldom used: export it as PNG.'],
  [/^%PDF/, 'PDF is for documents: export the page as JPEG.'],
  [/^(\xef\xbb\xbf)?\s*<(svg|[?!][^]*<svg)/, 'SVG drawings may contain scripts: export it as PNG.'],
];

const LOOKED_AT_BYTES = 1_024;

/** The type of a photo; Unreadable, with advice, for anything else. */
export function typeOf(bytes: Bytes): ImageType {
  const start = textAt(bytes, 0, LOOKED_AT_BYTES);
  const type = PHOTOS.find(([pattern]) => pattern.test(start))?.[1];
  if (type) return type;
  const advice = ADVICE.find(([pattern]) => pattern.test(start))?.[1];
  throw new Unreadable(advice ?? 'Not a JPEG, PNG, GIF or WebP image.');
}
