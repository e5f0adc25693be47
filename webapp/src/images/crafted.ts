// Files for the tests of this folder, built byte by byte.
import type { Bytes } from './bytes.ts';

export const joined = (...parts: (Uint8Array | number[] | string)[]): Bytes =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : [...part])),
  );

export const big16 = (value: number): number[] => [value >> 8, value & 0xff];
export const big32 = (value: number): number[] => [...big16(value >>> 16), ...big16(value & 0xffff)];
export const little32 = (value: number): number[] => big32(value).reverse();

/** Exif with an orientation, and a position whose latitude is the text `SECRET`. */
export function exif(orientation: number, isLittle = false): Bytes {
  const order = (bytes: number[]) => (isLittle ? bytes.reverse() : bytes);
  const [u16, u32] = [(value: number) => order(big16(value)), (value: number) => order(big32(value))];
  const entry = (tag: number, type: number, value: number[]) => [...u16(tag), ...u16(type), ...u32(1), ...value];
  return joined(
    isLittle ? 'II' : 'MM',
    u16(42),
    u32(8),
    u16(3),
    entry(0x010f, 2, u32(0x41000000)),
    entry(0x0112, 3, [...u16(orientation), 0, 0]),
    entry(0x8825, 4, u32(50)),
    u32(0),
    u16(0),
    'SECRET',
  );
}

export const segment = (marker: number, ...content: (Uint8Array | number[] | string)[]): Bytes => {
  const body = joined(...content);
  return joined([0xff, marker], big16(body.length + 2), body);
};

/** A scan with a stuffed byte and a restart marker in it. */
export const scan = joined(segment(0xda, [1, 1, 0, 0, 63, 0]), [1, 2, 0xff, 0, 3, 0xff, 0xd0, 4]);

export const jpeg = (...segments: Uint8Array[]): Bytes =>
  joined([0xff, 0xd8], ...segments, segment(0xdb, [0]), scan, segment(0xc4, [0]), scan, [0xff, 0xd9]);

export const chunk = (type: string, ...content: (Uint8Array | number[] | string)[]): Bytes => {
  const body = joined(...content);
  return joined(big32(body.length), type, body, [0, 0, 0, 0]);
};

export const png = (...chunks: Uint8Array[]): Bytes =>
  joined([0x89], 'PNG\r\n', [0x1a, 0x0a], chunk('IHDR', big32(1), big32(1), [8, 2, 0, 0, 0]), ...chunks, chunk('IEND'));

export const riffChunk = (type: string, ...content: (Uint8Array | number[] | string)[]): Bytes => {
  const body = joined(...content);
  return joined(type, little32(body.length), body, body.length % 2 ? [0] : []);
};

export const webp = (...chunks: Uint8Array[]): Bytes => {
  const body = joined('WEBP', ...chunks);
  return joined('RIFF', little32(body.length), body);
};

export const includes = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes).includes(Buffer.from(text, 'latin1'));
