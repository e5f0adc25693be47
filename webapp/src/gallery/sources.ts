// Which of a photo's renditions an <img> loads. Pure.
import type { Addresses } from '../backend/photos.ts';

export interface Source {
  src: string;
  srcSet?: string;
}

const THUMBNAIL_EDGE_PX = 320;
const LARGE_EDGE_PX = 1600;

/**
 * For the grid, best first: each that fails is followed by the next. The browser chooses by the screen's density between
 * thumbnail and larger rendition; the photo itself is for where another program put it without a thumbnail.
 */
export function gridSources({ thumbnail, large, full }: Addresses, proportion: number): Source[] {
  const widthOf = (edge: number) => Math.max(1, Math.round(edge * Math.min(1, proportion)));
  const sources = [{ src: thumbnail }, { src: full }];
  if (large === full) return sources;
  const srcSet = `${thumbnail} ${widthOf(THUMBNAIL_EDGE_PX)}w, ${large} ${widthOf(LARGE_EDGE_PX)}w`;
  return [{ src: thumbnail, srcSet }, ...sources];
}

/** For the light box: enough for a screen, or each pixel. */
export function boxSources({ large, full }: Addresses, isWhole: boolean): Source[] {
  return isWhole || large === full ? [{ src: full }] : [{ src: large }, { src: full }];
}
