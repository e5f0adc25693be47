// What was read and what this page has written, as one list. Pure.
import type { Comment, Page, Photo } from '../backend/photos.ts';
import type { Outgoing } from './commentOutbox.ts';
import type { Receipt } from './receipts.ts';

/**
 * Photos, newest first: of the newest page, of all pages older than that, and this page's own, which were acknowledged
 * and are not known to be deleted.
 */
export function photosOf(newest: Page<Photo> | undefined, pages: Page<Photo>[], own: readonly Receipt[]): Photo[] {
  const oldestNew = newest?.nextToken ? newest.entries.at(-1)?.photoId : '';
  const older = pages.flatMap(({ entries }) => entries);
  const found = new Map<string, Photo>();
  own.forEach((one) => {
    if (one.kind !== 'photo') return;
    const isListed = !!newest && one.photo.photoId >= oldestNew! && wasInBoth(one, newest.askedAtMs);
    if (!isListed) found.set(one.photo.photoId, one.photo);
  });
  older.forEach((photo) => !(newest && photo.photoId >= oldestNew!) && found.set(photo.photoId, photo));
  newest?.entries.forEach((photo) => found.set(photo.photoId, photo));
  return [...found.values()].sort((a, b) => (a.photoId < b.photoId ? 1 : -1));
}

/** Whether both Regions had it when one of them was asked: only a deletion takes it out of the answer. */
function wasInBoth({ copiedAtMs }: Receipt, askedAtMs: number | undefined): boolean {
  return copiedAtMs !== null && askedAtMs !== undefined && copiedAtMs < askedAtMs;
}

export interface ShownComment extends Comment {
  status: 'sent' | Outgoing['status'];
  problem?: string;
  isRejected?: boolean;
  receipt?: Receipt;
}

/** A photo's comments in the order of the server's time, which what was typed on this page and is not sent yet follows. */
export function commentsOf(
  photoId: string,
  read: Comment[],
  own: readonly Receipt[],
  outgoing: readonly Outgoing[],
): ShownComment[] {
  const receipts = new Map(
    own.flatMap((one) =>
      one.kind === 'comment' && one.photo.photoId === photoId ? [[one.comment.commentId, one]] : [],
    ),
  );
  const known = new Set(read.map(({ commentId }) => commentId));
  const stored = [...receipts.values()].map(({ comment }) => comment);
  const sent = [...read, ...stored.filter(({ commentId }) => !known.has(commentId))].map((comment): ShownComment => {
    const receipt = receipts.get(comment.commentId);
    return { ...comment, status: 'sent', ...(receipt && { receipt }) };
  });
  sent.sort((a, b) => (a.createdAt < b.createdAt ? -1 : Number(a.createdAt > b.createdAt)));
  const acknowledged = new Set(sent.map(({ commentId }) => commentId));
  const unsent = outgoing
    .filter(({ photo, comment }) => photo.photoId === photoId && !acknowledged.has(comment.commentId))
    .map(({ comment, status, problem, isRejected }): ShownComment => ({
      ...comment,
      status,
      ...(problem && { problem }),
      ...(isRejected && { isRejected }),
    }));
  return [...sent, ...unsent];
}
