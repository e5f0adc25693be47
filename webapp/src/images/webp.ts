import type { Bytes } from './bytes.ts';
import { broken, bytesOf, textAt, viewOf } from './bytes.ts';
import { orientationOf, orientationOnly } from './exif.ts';

const HEADER_BYTES = 12;
const [HAS_ANIMATION, HAS_XMP, HAS_EXIF] = [0x02, 0x04, 0x08];

/** The chunks that pixels, colours or frames depend on. */
const KEPT = ['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP'];

/**
 * The parts of a WebP to keep: without metadata but its orientation, and without what follows it in the file.
 * https://developers.google.com/speed/webp/docs/riff_container
 */
export function strippedWebp(bytes: Bytes): { parts: Bytes[]; isAnimated: boolean } {
  const view = viewOf(bytes);
  const fileEnd = view.getUint32(4, true) + 8;
  if (fileEnd > bytes.length || fileEnd < HEADER_BYTES + 8) throw broken();
  const chunks: Bytes[] = [];
  let extended: Bytes | null = null;
  let exif: Bytes | null = null;
  for (let at = HEADER_BYTES, next; at < fileEnd; at = next) {
    if (at + 8 > fileEnd) throw broken();
    const type = textAt(bytes, at, 4);
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size;
    next = end + (size % 2);
    if (next > fileEnd || (type === 'VP8X' && size < 10)) throw broken();
    if (type === 'VP8X') chunks.push((extended = bytes.slice(at, next)));
    else if (KEPT.includes(type)) chunks.push(bytes.subarray(at, next));
    // some programs write the mark of a JPEG's Exif too
    else if (type === 'EXIF') {
      const start = textAt(bytes, at + 8, 4) === 'Exif' ? at + 14 : at + 8;
      exif = orientationOnly(orientationOf(bytes.subarray(start, end)));
    }
  }
  if (exif) chunks.push(chunk('EXIF', exif));
  const flags = extended?.[8] ?? 0;
  if (extended) extended[8] = (flags & ~(HAS_XMP | HAS_EXIF)) | (exif ? HAS_EXIF : 0);
  const header = bytes.slice(0, HEADER_BYTES);
  const length = chunks.reduce((sum, one) => sum + one.length, HEADER_BYTES - 8);
  viewOf(header).setUint32(4, length, true);
  return { parts: [header, ...chunks], isAnimated: (flags & HAS_ANIMATION) !== 0 };
}

function chunk(type: string, content: Bytes): Bytes {
  const made = new Uint8Array(8 + content.length);
  made.set(bytesOf(type));
  made.set(content, 8);
  viewOf(made).setUint32(4, content.length, true);
  return made;
}
