import type { UploadQueue } from './useUploads.ts';

interface Props {
  uploads: UploadQueue;
  isDisabled: boolean;
}

const WORDS = { waiting: 'Waiting', sending: 'Sending', done: 'Added', failed: 'Not added' };

/** The uploads with their status. */
export function Uploads({ uploads: { uploads, retry, dismiss }, isDisabled }: Props) {
  if (!uploads.length) return null;
  return (
    <ul className="uploads" aria-label="Uploads">
      {uploads.map(({ photoId, file, status, share, problem, isRejected }) => (
        <li key={photoId} data-upload={status}>
          <span className="file-name">{file.name}</span>
          <span className="quiet" role="status">{WORDS[status]}</span>
          {status === 'failed' ? (
            <>
              <p className="problem">{problem}</p>
              <span className="actions">
                {!isRejected && <button type="button" disabled={isDisabled} onClick={() => retry(photoId)}>Retry</button>}
                <button type="button" className="plain" onClick={() => dismiss(photoId)}>Dismiss</button>
              </span>
            </>
          ) : (
            <progress aria-label={`Progress of ${file.name}`} max={1} value={share} />
          )}
        </li>
      ))}
    </ul>
  );
}
