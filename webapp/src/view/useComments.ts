import { useCallback, useEffect, useState } from 'react';
import type { Place } from '../backend/config.ts';
import { uuid7 } from '../backend/ids.ts';
import { userOf } from '../backend/limits.ts';
import type { Comment } from '../backend/photos.ts';
import { listComments, postComment } from '../backend/photos.ts';
import type { Watcher } from '../watcher.ts';

export interface ShownComment extends Comment {
  status: 'sent' | 'sending' | 'failed';
  problem?: string;
}

export interface CommentList {
  /** Oldest first, the user's own new ones last. */
  comments: ShownComment[];
  isLoading: boolean;
  problem: string;
  hasMore: boolean;
  loadMore: () => void;
  post: (message: string) => void;
  retry: (commentId: string) => void;
}

/** A photo's comments in the current Region; the user's own are shown at once. */
export function useComments(photoId: string, place: Place, user: string, watcher: Watcher): CommentList {
  const [read, setRead] = useState<Comment[]>([]);
  const [own, setOwn] = useState<ShownComment[]>([]);
  const [nextToken, setNextToken] = useState<string | null>(null);
  const [isLoading, setIsLoading] = useState(true);
  const [problem, setProblem] = useState('');

  const load = useCallback(async (token: string | null, isCurrent: () => boolean) => {
    setIsLoading(true);
    setProblem('');
    try {
      const page = await listComments(place, photoId, token);
      if (!isCurrent()) return;
      setRead((shown) => (token ? [...shown, ...page.entries] : page.entries));
      setNextToken(page.nextToken);
    } catch (error) {
      if (!isCurrent()) return;
      setProblem((error as Error).message);
      await watcher.refresh();
    }
    if (isCurrent()) setIsLoading(false);
  }, [place, photoId, watcher]);

  useEffect(() => {
    let isCurrent = true;
    void load(null, () => isCurrent);
    return () => { isCurrent = false; };
  }, [load]);

  const change = (commentId: string, values: Partial<ShownComment>) =>
    setOwn((all) => all.map((comment) => (comment.commentId === commentId ? { ...comment, ...values } : comment)));

  const send = async (comment: Comment) => {
    change(comment.commentId, { status: 'sending' });
    try {
      await watcher.write((there) => postComment(there, photoId, comment));
      change(comment.commentId, { status: 'sent' });
    } catch (error) {
      change(comment.commentId, { status: 'failed', problem: (error as Error).message });
    }
  };

  const post = (message: string) => {
    const comment: ShownComment = {
      commentId: uuid7(), user: userOf(user), message, createdAt: new Date().toISOString(), status: 'sending',
    };
    setOwn((all) => [...all, comment]);
    void send(comment);
  };
  const retry = (commentId: string) => {
    const comment = own.find((one) => one.commentId === commentId);
    if (comment) void send(comment);
  };

  const known = new Set(read.map(({ commentId }) => commentId));
  const comments = [
    ...read.map((comment): ShownComment => ({ ...comment, status: 'sent' })),
    ...own.filter(({ commentId }) => !known.has(commentId)),
  ];
  return { comments, isLoading, problem, hasMore: !!nextToken, loadMore: () => void load(nextToken, () => true), post, retry };
}
