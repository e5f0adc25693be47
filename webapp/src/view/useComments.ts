import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import type { Place } from '../backend/config.ts';
import { HttpError } from '../backend/http.ts';
import type { Comment, Page } from '../backend/photos.ts';
import { listComments } from '../backend/photos.ts';
import { isPhotoId } from '../gallery/opened.ts';
import { useServices } from '../services.ts';
import type { ShownComment } from '../writes/merging.ts';
import { commentsOf } from '../writes/merging.ts';
import { useStore } from './useStore.ts';

export interface CommentList {
  comments: ShownComment[];
  isLoading: boolean;
  problem: string;
  /** Whether the photo is: nothing can be read or written about it any more. */
  isDeleted: boolean;
  hasMore: boolean;
  loadMore: () => void;
  reload: () => void;
}

const REFRESH_MS = 15_000;

/** A photo's comments in a Region, and the user's own at once; those of others follow while the photo is open. */
export function useComments(photoId: string, place: Place): CommentList {
  const services = useServices();
  const own = useStore(services.receipts.receipts);
  const outgoing = useStore(services.comments.outgoing);
  const { data, error, isPending, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ['comments', place.region, photoId],
    queryFn: ({ pageParam, signal }) => listComments(place, photoId, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextToken }: Page<Comment>) => nextToken,
    enabled: isPhotoId(photoId),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
  const read = data?.pages.flatMap(({ entries }) => entries) ?? [];
  return {
    comments: commentsOf(photoId, read, own, outgoing),
    isLoading: isPending || isFetchingNextPage,
    isDeleted:
      (error instanceof HttpError && error.status === 410) ||
      outgoing.some(({ photo, isRejected }) => isRejected && photo.photoId === photoId),
    problem: data ? '' : (error?.message ?? ''),
    hasMore: hasNextPage,
    loadMore: () => void fetchNextPage(),
    reload: () => void refetch(),
  };
}
