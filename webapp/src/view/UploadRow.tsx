import { useServices } from '../services.ts';
import { fateOf, idOf, textOf } from '../writes/receipts.ts';
import type { Upload, UploadQueue } from '../writes/uploadQueue.ts';
import { canRetry, isTooLate } from '../writes/uploadQueue.ts';
import { useNow } from './useNow.ts';
import { useServing } from './useServing.ts';
import { useStore } from './useStore.ts';

interface Props {
  upload: Upload;
  queue: UploadQueue;
  isDisabled: boolean;
}

const WORDS: Record<Upload['status'], string> = {
  waiting: 'Waiting',
  sending: 'Sending',
  held: 'Not added yet',
  unnamed: 'Not added yet',
  done: 'Added',
  failed: 'Not added',
};

/** One upload with its status. */
export function UploadRow({ upload, queue, isDisabled }: Props) {
  const { photo, file, status, sentBytes, totalBytes, problem } = upload;
  const { photoId } = photo;
  const isRunning = status === 'waiting' || status === 'sending';
  return (
    <li data-upload={status}>
      <span className="file-name" dir="auto">
        {file.name}
      </span>
      <span className="quiet">{WORDS[status]}</span>
      {isRunning && <progress aria-label={`Progress of ${file.name}`} max={totalBytes} value={sentBytes} />}
      {problem && status !== 'unnamed' && (
        <p className={status === 'failed' ? 'problem' : 'waiting'}>
          {problem}
          {status === 'held' && ' It is sent when photos can be added again.'}
        </p>
      )}
      {status === 'done' && <Stored photoId={photoId} />}
      {status !== 'done' && (
        <span className="actions">
          {canRetry(upload) && (
            <button type="button" disabled={isDisabled} onClick={() => queue.retry(photoId)}>
              Retry
            </button>
          )}
          {!isTooLate(upload) && (
            <button type="button" className="plain" onClick={() => queue.remove(photoId)}>
              {isRunning ? 'Cancel' : 'Dismiss'}
            </button>
          )}
        </span>
      )}
    </li>
  );
}

/** Where it was stored, and whether it is copied. */
function Stored({ photoId }: { photoId: string }) {
  const { config, receipts } = useServices();
  const { serving } = useServing();
  const receipt = useStore(receipts.receipts).find((one) => idOf(one) === photoId);
  const nowMs = useNow();
  if (!receipt) return null;
  return <p className="quiet">{textOf(receipt, fateOf(receipt, serving, config, nowMs), config)}</p>;
}
