// Exif, in which cameras store how to turn a photo, and where it was taken. https://www.cipa.jp/std/documents/download_e.html?DC-008-Translation-2023-E
import type { Bytes } from './bytes.ts';
import { bytesOf, textAt, viewOf } from './bytes.ts';

const ORIENTATION = 0x0112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** Which way up a photo is, 1 to 8 (1: as stored); 1 if `tiff`, which is Exif without its mark, does not say. */
export function orientationOf(tiff: Bytes): number {
  const view = viewOf(tiff);
  const isLittle = textAt(tiff, 0, 2) === 'II';
  if (tiff.length < 10 || !['II*\0', 'MM\0*'].includes(textAt(tiff, 0, 4))) return 1;
  const first = view.getUint32(4, isLittle) + 2;
  if (first > tiff.length) return 1;
  const end = Math.min(first + view.getUint16(first - 2, isLittle) * ENTRY_BYTES, tiff.length - ENTRY_BYTES + 1);
  for (let at = first; at < end; at += ENTRY_BYTES) {
    if (view.getUint16(at, isLittle) !== ORIENTATION) continue;
    const value = view.getUint16(at + 8, isLittle);
    return view.getUint16(at + 2, isLittle) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Exif that says nothing else; null if there is nothing to say. */
export function orientationOnly(orientation: number): Bytes | null {
  if (orientation === 1) return null;
  const header = [...bytesOf('MM\0*'), 0, 0, 0, 8];
  const entry = [ORIENTATION >> 8, ORIENTATION & 0xff, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0];
  return Uint8Array.from([...header, 0, 1, ...entry, 0, 0, 0, 0]);
}
