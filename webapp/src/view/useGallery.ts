import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Place } from '../backend/config.ts';
import type { Page, Photo } from '../backend/photos.ts';
import { listPhotos } from '../backend/photos.ts';
import { useServices } from '../services.ts';
import { photosOf } from '../writes/merging.ts';
import { useStore } from './useStore.ts';

export interface Photos {
  /** Newest first. */
  photos: Photo[];
  status: 'loading' | 'ready' | 'failed';
  problem: string;
  /** Whether no page follows. A page may be empty and yet be followed by others: deleted photos take room in it. */
  isAll: boolean;
  canLoadMore: boolean;
  loadMore: () => void;
}

const REFRESH_MS = 15_000;
const RETRY_MS = 4_000;

/** A Region's photos, page by page. After a switch the old list stays until the new one is loaded. */
export function useGallery(place: Place | null): Photos {
  const { queries, receipts } = useServices();
  const own = useStore(receipts.receipts);
  const pagesKey = ['photos', place?.region, 'pages'];
  const {
    data,
    error,
    status,
    hasNextPage,
    isPlaceholderData,
    isFetchingNextPage,
    isFetchNextPageError,
    fetchNextPage,
  } = useInfiniteQuery({
    queryKey: pagesKey,
    queryFn: ({ pageParam, signal }) => listPhotos(place!, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextToken }: Page<Photo>) => nextToken,
    enabled: !!place,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    refetchInterval: ({ state }) => (state.status === 'error' && !state.data ? RETRY_MS : false),
  });
  const pages = useMemo(() => data?.pages ?? [], [data]);
  const isRead = !!data && !isPlaceholderData;
  const newest = useQuery({
    queryKey: ['photos', place?.region, 'newest'],
    queryFn: async ({ signal }) => {
      const page = await listPhotos(place!, null, signal);
      const isGap = page.nextToken && (page.entries.at(-1)?.photoId ?? '') > (pages[0]?.entries[0]?.photoId ?? '');
      if (isGap) void queries.invalidateQueries({ queryKey: pagesKey });
      return page;
    },
    enabled: isRead,
    initialData: isRead ? pages[0] : undefined,
    staleTime: REFRESH_MS,
    refetchInterval: ({ state }) => (state.status === 'error' ? RETRY_MS : REFRESH_MS),
    refetchOnWindowFocus: 'always',
  });
  const photos = useMemo(() => photosOf(newest.data, pages, own), [newest.data, pages, own]);
  useEffect(() => {
    if (!isFetchNextPageError) return;
    const timer = setTimeout(() => void fetchNextPage(), RETRY_MS);
    return () => clearTimeout(timer);
  }, [isFetchNextPageError, fetchNextPage]);
  return {
    photos,
    status: data ? 'ready' : status === 'error' ? 'failed' : 'loading',
    problem: error?.message ?? '',
    isAll: isRead && !hasNextPage,
    canLoadMore: isRead && hasNextPage && !isFetchingNextPage && !isFetchNextPageError,
    loadMore: () => void fetchNextPage(),
  };
}
