import type { Bytes } from './bytes.ts';
import { broken, bytesOf, textAt, viewOf } from './bytes.ts';
import { orientationOf, orientationOnly } from './exif.ts';

const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];
const [START, END, SCAN, COMMENT] = [0xd8, 0xd9, 0xda, 0xfe];
const EXIF = 'Exif\0\0';

/** The application segments that pixels and colours depend on. */
const KEPT: Record<number, string> = { [APP0]: 'JFIF\0', [APP2]: 'ICC_PROFILE\0', [APP14]: 'Adobe' };

/**
 * The parts of a JPEG to keep: without metadata but its orientation, and without what follows it in the file, which may
 * be another picture or a video with metadata of its own. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B.
 */
export function strippedJpeg(bytes: Bytes): Bytes[] {
  const view = viewOf(bytes);
  const parts = [bytes.subarray(0, 2)];
  let isExifRead = false;
  let hasScan = false;
  for (let at = 2; ;) {
    if (bytes[at] !== 0xff) throw broken();
    while (bytes[at + 1] === 0xff) at++; // bytes to fill, which any marker may have before it
    const marker = bytes[at + 1];
    if (marker === END && hasScan) return [...parts, bytes.subarray(at, at + 2)];
    if (marker === undefined || marker < 0xc0 || (marker >= 0xd0 && marker <= END)) throw broken();
    if (at + 4 > bytes.length) throw broken();
    const length = view.getUint16(at + 2);
    let end = at + 2 + length;
    if (length < 2 || end > bytes.length) throw broken();
    if (marker === SCAN) {
      end = endOfScan(bytes, end);
      hasScan = true;
    }
    const isMetadata = (marker >= APP0 && marker <= APP15) || marker === COMMENT;
    const startsWith = (text: string) => length - 2 >= text.length && textAt(bytes, at + 4, text.length) === text;
    if (!isMetadata || (marker in KEPT && startsWith(KEPT[marker]!))) {
      parts.push(bytes.subarray(at, end));
    } else if (marker === APP1 && !isExifRead && startsWith(EXIF)) {
      isExifRead = true;
      const tiff = orientationOnly(orientationOf(bytes.subarray(at + 4 + EXIF.length, end)));
      if (tiff) parts.push(Uint8Array.from([0xff, APP1, 0, 2 + EXIF.length + tiff.length, ...bytesOf(EXIF), ...tiff]));
    }
    at = end;
  }
}

/** Where the coded pixels that start at `at` end: at a marker that is neither a coded 0xff nor a restart. */
function endOfScan(bytes: Bytes, at: number): number {
  for (let found = bytes.indexOf(0xff, at); found >= 0; found = bytes.indexOf(0xff, found + 1)) {
    const next = bytes[found + 1];
    const isCoded = next === 0 || next === 0xff || (next !== undefined && next >= 0xd0 && next < START);
    if (!isCoded) return found;
  }
  throw broken();
}
