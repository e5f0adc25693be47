import type { Services } from '../services.ts';
import type { Receipt } from './receipts.ts';
import { idOf } from './receipts.ts';

/** Whether this page still has all of a write: a photo's file is gone after a reload. */
export function canSendAgain({ receipts }: Services, receipt: Receipt): boolean {
  return receipt.kind === 'comment' || receipts.files.has(idOf(receipt));
}

/** Store a write that its Region did not hand on in the Region that writes now, under the same id. */
export async function sendAgain({ receipts, comments, uploads }: Services, receipt: Receipt): Promise<void> {
  const { photo } = receipt;
  if (receipt.kind === 'comment') return comments.add(photo, receipt.comment);
  const file = receipts.files.get(photo.photoId);
  if (file) uploads.sendAgain(photo, file);
}
