import { useCallback, useEffect, useRef, useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { listPhotos } from '../backend/photos.ts';
import type { Watcher } from '../watcher.ts';

export interface Photos {
  /** Newest first. */
  photos: Photo[];
  status: 'loading' | 'ready' | 'failed';
  problem: string;
  hasMore: boolean;
  loadMore: () => void;
  add: (photo: Photo) => void;
}

const REFRESH_MS = 15_000;
const RETRY_MS = 4_000;

/** The current Region's photos, page by page. After a switch the old list stays until the new one is loaded. */
export function useGallery(place: Place | null, watcher: Watcher): Photos {
  const [photos, setPhotos] = useState<Photo[]>([]);
  const [status, setStatus] = useState<Photos['status']>('loading');
  const [problem, setProblem] = useState('');
  const [nextToken, setNextToken] = useState<string | null>(null);
  const isLoading = useRef(false);
  // acknowledged, so they are shown even if a page that was requested earlier does not contain them
  const added = useRef<Photo[]>([]);

  useEffect(() => {
    if (!place) return;
    let isCurrent = true;
    let isFirst = true;
    let timer = 0;
    const readNewest = async () => {
      clearTimeout(timer);
      let waitMs = REFRESH_MS;
      try {
        const page = await listPhotos(place, null);
        if (!isCurrent) return;
        if (isFirst) {
          setPhotos(merged(page.entries, added.current));
          setNextToken(page.nextToken);
        } else {
          setPhotos((shown) => merged(shown, page.entries));
        }
        isFirst = false;
        setStatus('ready');
      } catch (error) {
        if (!isCurrent) return;
        if (isFirst) setStatus('failed');
        setProblem((error as Error).message);
        waitMs = RETRY_MS;
        await watcher.refresh();
      }
      if (isCurrent) timer = window.setTimeout(() => void readNewest(), waitMs);
    };
    setStatus('loading');
    void readNewest();
    const now = () => void readNewest();
    window.addEventListener('focus', now);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
      window.removeEventListener('focus', now);
    };
  }, [place, watcher]);

  const loadMore = useCallback(() => {
    if (!place || !nextToken || isLoading.current) return;
    isLoading.current = true;
    listPhotos(place, nextToken)
      .then((page) => {
        setPhotos((shown) => merged(shown, page.entries));
        // if the Region was switched in between, its token must stay
        setNextToken((current) => (current === nextToken ? page.nextToken : current));
      })
      .catch(() => watcher.refresh())
      .finally(() => { isLoading.current = false; });
  }, [place, nextToken, watcher]);

  const add = useCallback((photo: Photo) => {
    added.current = [...added.current, photo];
    setPhotos((shown) => merged(shown, [photo]));
  }, []);
  return { photos, status, problem, hasMore: !!nextToken, loadMore, add };
}

/** Two lists as one, newest first, each photo once. */
function merged(shown: Photo[], found: Photo[]): Photo[] {
  const known = new Set(shown.map(({ photoId }) => photoId));
  const fresh = found.filter(({ photoId }) => !known.has(photoId));
  if (!fresh.length) return shown;
  return [...shown, ...fresh].sort((a, b) => (a.photoId < b.photoId ? 1 : -1));
}
