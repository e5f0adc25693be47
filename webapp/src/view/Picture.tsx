import { useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import type { Source } from '../gallery/sources.ts';
import { boxSources, gridSources } from '../gallery/sources.ts';
import { useAddresses, useFileUrl } from './usePicture.ts';

interface Props {
  photo: Photo;
  place: Place;
  /** Its size in the grid, in pixels; without one it is shown as large as its frame. */
  shape?: { width: number; height: number };
  /** Whether each pixel of the photo is to be seen. */
  isWhole?: boolean;
  alt: string;
  /** The picture itself, where this page still has it: shown until the Region has it. */
  file?: File | undefined;
  /** What to say while it is missing. */
  pending: string;
}

/**
 * A photo's picture in a frame of fixed size. Records replicate before objects do: a missing object is shown as pending
 * and loaded again.
 */
export function Picture({ photo, place, shape, isWhole = false, alt, file, pending }: Props) {
  const { addresses, tries, retry } = useAddresses(place, photo);
  const fileUrl = useFileUrl(file);
  const [failed, setFailed] = useState<readonly string[]>([]);
  const [loaded, setLoaded] = useState<string | null>(null);

  const isGrid = shape !== undefined;
  let sources: Source[] = [];
  if (file) sources = fileUrl ? [{ src: fileUrl }] : [];
  else if (addresses) {
    sources = isGrid ? gridSources(addresses, shape.width / shape.height) : boxSources(addresses, isWhole);
  }
  const source = sources.find((one) => !failed.includes(nameOf(one)));
  const isPending = tries > 0 && !source;

  const onError = () => {
    if (!source) return;
    const isLast = sources.at(-1) === source;
    setFailed(isLast ? [] : [...failed, nameOf(source)]);
    if (isLast) retry();
  };
  // until the larger one is there, the thumbnail, which the browser has
  const isBehind = source && addresses && !file && loaded === null && (!isGrid || source.srcSet);
  return (
    <span
      className={isGrid ? 'picture' : 'picture full'}
      data-pending={isPending || undefined}
      style={isBehind ? { backgroundImage: `url("${addresses.thumbnail}")` } : undefined}
    >
      {source && (
        <img
          src={source.src}
          srcSet={source.srcSet}
          sizes={source.srcSet && isGrid ? `${Math.ceil(shape.width)}px` : undefined}
          alt={alt}
          decoding="async"
          draggable={false}
          onLoad={() => setLoaded(nameOf(source))}
          onError={onError}
        />
      )}
      {isPending && <span className="pending">{pending}</span>}
    </span>
  );
}

const nameOf = ({ src, srcSet }: Source): string => srcSet ?? src;
