import { useEffect, useMemo, useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { proportionOf } from '../gallery/measuring.ts';
import { NOTHING_YET, revealed } from '../gallery/revealed.ts';
import type { Row } from '../gallery/rows.ts';
import { heightOfAll, rowsOf } from '../gallery/rows.ts';
import { useServices } from '../services.ts';
import type { Photos } from './useGallery.ts';
import { useStore } from './useStore.ts';
import type { Viewport } from './useViewport.ts';

export interface Grid {
  /** The photos that are laid out, as the rows count them. */
  shown: Photo[];
  rows: Row[];
  height: number;
  /** Whether every photo there is has its place. */
  isEnd: boolean;
}

const MEASURED_AT_ONCE = 40;
/** How much is laid out below the screen, in its heights. */
const AHEAD = 1.5;

/** The grid's rows, from the top to a little below the screen: further photos are loaded and measured as it is scrolled. */
export function useGrid(gallery: Photos, place: Place, { width, top, bottom }: Viewport): Grid {
  const { photos, isAll, canLoadMore, loadMore } = gallery;
  const { proportions } = useServices();
  const known = useStore(proportions.known);
  const [oldest, setOldest] = useState(NOTHING_YET);
  const found = useMemo(() => revealed(photos, known, oldest), [photos, known, oldest]);
  if (found.oldest !== oldest) setOldest(found.oldest);

  const unknown = useMemo(() => photos.filter(({ photoId }) => !known.has(photoId)), [photos, known]);
  const further = useMemo(() => unknown.filter(({ photoId }) => photoId < oldest), [unknown, oldest]);
  const isEnd = isAll && further.length === 0;
  const rows = useMemo(() => {
    if (!width) return [];
    const all = rowsOf(
      found.shown.map(({ photoId }) => known.get(photoId)!),
      width,
    );
    // what follows fills the last row, and would move its pictures
    return isEnd || all.at(-1)?.isFull ? all : all.slice(0, -1);
  }, [found, known, width, isEnd]);
  const height = heightOfAll(rows);

  useEffect(() => {
    if (!width) return;
    const isWanted = height < bottom + AHEAD * (bottom - top);
    const newer = unknown.filter(({ photoId }) => photoId > oldest);
    const next = isWanted ? further.slice(0, MEASURED_AT_ONCE) : [];
    proportions.measure([...newer, ...next], (photo) => proportionOf(place, photo));
    if (isWanted && canLoadMore && further.length < MEASURED_AT_ONCE) loadMore();
  }, [proportions, place, width, top, bottom, height, unknown, further, oldest, canLoadMore, loadMore]);

  return { shown: found.shown, rows, height, isEnd };
}
