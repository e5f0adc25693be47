import { useState } from 'react';
import type { Upload, UploadQueue } from '../writes/uploadQueue.ts';
import { bytesIn, canRetry } from '../writes/uploadQueue.ts';
import { NameForm } from './NameForm.tsx';
import { UploadRow } from './UploadRow.tsx';
import { useStore } from './useStore.ts';

interface Props {
  uploads: UploadQueue;
  isDisabled: boolean;
}

/** The upload tray: all uploads in one line, which opens for each of them. */
export function Uploads({ uploads: queue, isDisabled }: Props) {
  const uploads = useStore(queue.uploads);
  const [chosen, setChosen] = useState<boolean | null>(null);
  const has = (...statuses: Upload['status'][]) => uploads.some(({ status }) => statuses.includes(status));
  // opens by itself when the user should know why
  const isOpen = chosen ?? has('failed', 'held');
  const summary = summaryOf(uploads);
  const { sentBytes, totalBytes } = bytesIn(uploads);
  if (!uploads.length && chosen !== null) setChosen(null);
  return (
    <>
      <p className="hidden" role="status" aria-label="Uploads in short">
        {summary}
      </p>
      {uploads.length > 0 && (
        <section className="tray" aria-label="Uploads">
          <div className="tray-line">
            <button type="button" className="plain" aria-expanded={isOpen} onClick={() => setChosen(!isOpen)}>
              {summary}
            </button>
            {has('failed') && (
              <span className="actions">
                {uploads.some(canRetry) && (
                  <button type="button" disabled={isDisabled} onClick={queue.retryAll}>
                    Retry all
                  </button>
                )}
                <button type="button" className="plain" onClick={queue.dismissAll}>
                  Dismiss all
                </button>
              </span>
            )}
            {has('waiting', 'sending') && (
              <>
                <progress aria-label="Progress of all uploads" max={totalBytes} value={sentBytes} />
                <span className="quiet">{sizesText(sentBytes, totalBytes)}</span>
              </>
            )}
          </div>
          {has('unnamed') && <NameForm />}
          {isOpen && (
            <ul>
              {[...uploads.filter(hasProblem), ...uploads.filter((one) => !hasProblem(one))].map((upload) => (
                <UploadRow key={upload.photo.photoId} upload={upload} queue={queue} isDisabled={isDisabled} />
              ))}
            </ul>
          )}
        </section>
      )}
    </>
  );
}

const hasProblem = ({ problem }: Upload): boolean => problem !== undefined;

function sizesText(sentBytes: number, totalBytes: number): string {
  const [unitBytes, digits, unit] = totalBytes < 1024 * 1024 ? [1024, 0, 'kB'] : [1024 * 1024, 1, 'MB'];
  return `${(sentBytes / unitBytes).toFixed(digits)} of ${(totalBytes / unitBytes).toFixed(digits)} ${unit}`;
}

/** One sentence for all of them, also for a screen reader, which must not be told of each file. */
function summaryOf(uploads: readonly Upload[]): string {
  const count = (...statuses: Upload['status'][]) => uploads.filter(({ status }) => statuses.includes(status)).length;
  const parts = [
    [count('waiting', 'sending'), 'being sent'],
    [count('done'), 'added'],
    [count('held'), 'waiting until photos can be added'],
    [count('unnamed'), 'waiting for another name'],
    [count('failed'), 'not added'],
  ] as const;
  return parts.flatMap(([number, text]) => (number ? [`${number} ${text}`] : [])).join(', ');
}
