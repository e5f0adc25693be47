// What the parsers of this folder share.
import { Unreadable } from './unreadable.ts';

/** A file's bytes, or a part of them. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes as text, one character a byte. */
export const textAt = (bytes: Bytes, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

export const bytesOf = (text: string): Bytes => Uint8Array.from(text, (character) => character.charCodeAt(0));

export const broken = (): Unreadable =>
  new Unreadable('This file is damaged or cut off: save it again in a photo program, and add that copy.');
