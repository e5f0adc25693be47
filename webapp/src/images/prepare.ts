import { Unreadable } from './unreadable.ts';
import type { Renditions } from './renditions.ts';
import { renditionsOf } from './renditions.ts';
import { stripped } from './stripping.ts';

/** The objects of a photo. */
export interface Prepared extends Renditions {
  /** The photo in full size, of its true type, without metadata but its orientation. */
  full: Blob;
}

/** What to upload of a file; the same for the same file. Unreadable, with advice, if it is no photo. */
export async function prepare(file: Blob): Promise<Prepared> {
  const content = await file.arrayBuffer().catch(() => {
    throw new Unreadable('This file cannot be read: it was moved or changed after it was chosen.');
  });
  const { type, parts, isAnimated } = stripped(new Uint8Array(content));
  const full = new Blob(parts, { type });
  return { full, ...(await renditionsOf(full, isAnimated)) };
}
