import { useEffect, useRef } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { Picture } from './Picture.tsx';
import type { Photos } from './useGallery.ts';

interface Props {
  gallery: Photos;
  place: Place;
  onOpen: (photo: Photo) => void;
}

/** The photos, newest first; scrolling loads more. */
export function Gallery({ gallery, place, onOpen }: Props) {
  const { photos, status, problem, hasMore, loadMore } = gallery;
  const end = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!end.current || !hasMore) return;
    const observer = new IntersectionObserver(
      (entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) loadMore(); },
      { rootMargin: '600px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
    // a new observer after each page: one does not report an end that stays in view
  }, [hasMore, loadMore, photos.length]);

  if (!photos.length) {
    return (
      <div className="empty" role="status">
        {status === 'loading' && <p className="quiet">Loading photos…</p>}
        {status === 'failed' && <p>Photos cannot be loaded: {problem} Retrying.</p>}
        {status === 'ready' && (
          <>
            <h2>No photos yet</h2>
            <p>Choose “Add photos”, or drop some image files anywhere on this page.</p>
          </>
        )}
      </div>
    );
  }
  return (
    <>
      <ul className="gallery" aria-label="Photos">
        {photos.map((photo) => (
          <li key={photo.photoId} data-photo-id={photo.photoId}>
            <button type="button" className="tile" onClick={() => onOpen(photo)}>
              <Picture key={place.region} photoId={photo.photoId} place={place} size="thumbnail" alt="" />
              <span className="caption">{photo.title}</span>
              <span className="quiet by">{photo.user}</span>
            </button>
          </li>
        ))}
      </ul>
      <div ref={end} className="end">{hasMore && <p className="quiet">Loading more…</p>}</div>
    </>
  );
}
