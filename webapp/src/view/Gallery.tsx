import { useEffect, useRef, useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { rowsWithin } from '../gallery/rows.ts';
import { useServices } from '../services.ts';
import { idOf } from '../writes/receipts.ts';
import { Skeletons } from './Skeletons.tsx';
import { Tile } from './Tile.tsx';
import type { Photos } from './useGallery.ts';
import { useGrid } from './useGrid.ts';
import { usePending } from './usePending.ts';
import { useStore } from './useStore.ts';
import { useViewport } from './useViewport.ts';

interface Props {
  gallery: Photos;
  place: Place;
  /** The photo that is open. Its tile gets the focus when it is closed. */
  openId: string | null;
  onOpen: (photo: Photo) => void;
  /** The tile of the photo that was closed is not there. */
  onNoTile: () => void;
}

/** The photos, newest first, in rows; only those near the screen are in the page. Scrolling loads more. */
export function Gallery({ gallery, place, openId, onOpen, onNoTile }: Props) {
  const { receipts } = useServices();
  const own = new Map(useStore(receipts.receipts).map((receipt) => [idOf(receipt), receipt]));
  const pending = usePending();
  const [list, setList] = useState<HTMLUListElement | null>(null);
  const viewport = useViewport(list);
  const { shown, rows, height, isEnd } = useGrid(gallery, place, viewport);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  useFocusOnReturn(list, openId, onNoTile);

  const { top, bottom, width } = viewport;
  const near = new Set(rowsWithin(rows, top - (bottom - top), bottom + (bottom - top)));
  // what has the focus, or will get it, stays, and what the Tab key leads to from there
  const keptIds = new Set([focusedId, openId]);
  const isKept = rows.map(({ first, boxes }) =>
    shown.slice(first, first + boxes.length).some(({ photoId }) => keptIds.has(photoId)),
  );
  return (
    <>
      <ul
        ref={setList}
        className="gallery"
        aria-label="Photos"
        style={{ height }}
        onFocus={(event) => setFocusedId(event.target.closest('li')?.dataset['photoId'] ?? null)}
      >
        {rows
          .filter((row, index) => near.has(row) || isKept[index - 1] || isKept[index] || isKept[index + 1])
          .flatMap((row) =>
            row.boxes.map((box, index) => {
              const photo = shown[row.first + index]!;
              return (
                <Tile
                  key={photo.photoId}
                  photo={photo}
                  place={place}
                  receipt={own.get(photo.photoId)}
                  pending={pending}
                  onOpen={onOpen}
                  left={box.left}
                  top={row.top}
                  width={box.width}
                  height={row.height}
                  position={row.first + index + 1}
                  count={isEnd ? shown.length : -1}
                />
              );
            }),
          )}
      </ul>
      {!isEnd && <Skeletons width={width} rows={rows.length ? 1 : 3} />}
      <p className="hidden" role="status">
        {!isEnd && !rows.length && 'Loading photos…'}
      </p>
    </>
  );
}

/** When a photo is closed, its tile gets the focus. */
function useFocusOnReturn(list: HTMLElement | null, openId: string | null, onNoTile: () => void): void {
  const before = useRef(openId);
  useEffect(() => {
    const closedId = openId === null ? before.current : null;
    before.current = openId;
    if (closedId === null) return;
    const tile = list?.querySelector<HTMLElement>(`[data-photo-id="${CSS.escape(closedId)}"] button`);
    if (tile) tile.focus();
    else onNoTile();
  }, [list, openId, onNoTile]);
}
