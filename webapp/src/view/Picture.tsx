import { useEffect, useState } from 'react';
import type { Place } from '../backend/config.ts';
import { addressesOf } from '../backend/photos.ts';

interface Props {
  photoId: string;
  place: Place;
  size: 'thumbnail' | 'full';
  alt: string;
}

const RETRY_MS = 3_000;
const RETRY_LIMIT_MS = 30_000;

/**
 * A photo's picture in a frame of fixed size. Records replicate before objects do: a missing object is shown as pending
 * and loaded again.
 */
export function Picture({ photoId, place, size, alt }: Props) {
  const [tries, setTries] = useState(0);
  const [sources, setSources] = useState<string[]>([]);
  const isPending = tries > 0 && sources.length === 0;

  useEffect(() => {
    let isCurrent = true;
    const show = async () => {
      const { thumbnail, full } = await addressesOf(place, photoId);
      // the thumbnail may be missing if another program put the photo
      if (isCurrent) setSources(size === 'thumbnail' ? [thumbnail, full] : [full]);
    };
    const later = () => { if (isCurrent) setTries(tries + 1); };
    const waitMs = tries && Math.min(RETRY_MS * 2 ** (tries - 1), RETRY_LIMIT_MS);
    const timer = window.setTimeout(() => void show().catch(later), waitMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [photoId, place, size, tries]);

  const onError = () => {
    if (sources.length === 1) setTries(tries + 1);
    setSources(sources.slice(1));
  };
  return (
    <span className={`picture ${size}`} data-pending={isPending || undefined}>
      {sources[0] && <img key={sources[0]} src={sources[0]} alt={alt} loading={size === 'thumbnail' ? 'lazy' : 'eager'} decoding="async" onError={onError} />}
      {isPending && <span className="pending">Replicating…</span>}
    </span>
  );
}
