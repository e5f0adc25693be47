import type { Bytes } from './bytes.ts';
import { broken, bytesOf, textAt, viewOf } from './bytes.ts';
import { orientationOf, orientationOnly } from './exif.ts';

const SIGNATURE_BYTES = 8;
/** Around a chunk's content: length, type and checksum. */
const AROUND_BYTES = 12;

/** Chunks beside the critical ones (in capitals) that pixels, colours or frames depend on. */
const KEPT = /^([A-Z]...|tRNS|gAMA|cHRM|sRGB|iCCP|cICP|mDCV|cLLI|sBIT|bKGD|pHYs|acTL|fcTL|fdAT)$/;

/**
 * The parts of a PNG to keep: without metadata but its orientation, and without what follows it in the file.
 * https://www.w3.org/TR/png-3/#5DataRep
 */
export function strippedPng(bytes: Bytes): { parts: Bytes[]; isAnimated: boolean } {
  const view = viewOf(bytes);
  const parts = [bytes.subarray(0, SIGNATURE_BYTES)];
  let isAnimated = false;
  for (let at = SIGNATURE_BYTES; ;) {
    if (at + AROUND_BYTES > bytes.length) throw broken();
    const end = at + AROUND_BYTES + view.getUint32(at);
    const type = textAt(bytes, at + 4, 4);
    const isFirst = at === SIGNATURE_BYTES;
    if (end > bytes.length || !/^[A-Za-z]{4}$/.test(type) || isFirst !== (type === 'IHDR')) throw broken();
    if (KEPT.test(type)) parts.push(bytes.subarray(at, end));
    if (type === 'acTL') isAnimated = true;
    if (type === 'eXIf') {
      const tiff = orientationOnly(orientationOf(bytes.subarray(at + 8, end - 4)));
      if (tiff) parts.push(chunk(type, tiff));
    }
    if (type === 'IEND') return { parts, isAnimated };
    at = end;
  }
}

function chunk(type: string, content: Bytes): Bytes {
  const made = new Uint8Array(AROUND_BYTES + content.length);
  made.set(bytesOf(type), 4);
  made.set(content, 8);
  viewOf(made).setUint32(0, content.length);
  viewOf(made).setUint32(8 + content.length, crc32(made.subarray(4, 8 + content.length)));
  return made;
}

/** https://www.w3.org/TR/png-3/#D-CRCAppendix */
function crc32(bytes: Bytes): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
