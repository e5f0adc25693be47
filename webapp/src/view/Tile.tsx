import { memo } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { useServices } from '../services.ts';
import type { Receipt } from '../writes/receipts.ts';
import { Badge } from './Badge.tsx';
import { Picture } from './Picture.tsx';

interface Props {
  photo: Photo;
  place: Place;
  receipt: Receipt | undefined;
  pending: string;
  onOpen: (photo: Photo) => void;
  /** In the grid, in pixels. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** Among all photos, from 1; how many there are, or -1 while that is not known. */
  position: number;
  count: number;
}

/** A photo in the grid. */
export const Tile = memo(function Tile(props: Props) {
  const { photo, place, receipt, pending, onOpen, left, top, width, height, position, count } = props;
  const { config, receipts } = useServices();
  const isElsewhere = receipt?.copiedAtMs === null && config[receipt.side].region !== place.region;
  return (
    <li
      data-photo-id={photo.photoId}
      style={{ left, top, width, height }}
      aria-posinset={position}
      aria-setsize={count}
    >
      <button type="button" className="tile" onClick={() => onOpen(photo)}>
        <Picture
          key={place.region}
          photo={photo}
          place={place}
          shape={{ width, height }}
          alt=""
          file={isElsewhere ? receipts.files.get(photo.photoId) : undefined}
          pending={pending}
        />
        <span className="caption">
          <b dir="auto">{photo.title}</b>
          <span className="by" dir="auto">
            {photo.user}
          </span>
        </span>
        {receipt && <Badge receipt={receipt} />}
      </button>
    </li>
  );
});
