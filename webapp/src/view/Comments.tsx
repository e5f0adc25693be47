import type { FormEvent, KeyboardEvent } from 'react';
import { useState } from 'react';
import type { Place } from '../backend/config.ts';
import { bytesOf, MESSAGE_LIMIT_BYTES } from '../backend/limits.ts';
import type { Photo } from '../backend/photos.ts';
import type { Watcher } from '../watcher.ts';
import { useComments } from './useComments.ts';
import { When } from './When.tsx';

interface Props {
  photo: Photo;
  place: Place;
  user: string;
  watcher: Watcher;
  canWrite: boolean;
  drafts: Map<string, string>;
}

const SHOW_LEFT_BYTES = 500;

/** A photo's comments, and the form for a new one. */
export function Comments({ photo, place, user, watcher, canWrite, drafts }: Props) {
  const { comments, isLoading, problem, hasMore, loadMore, post, retry } = useComments(photo.photoId, place, user, watcher);
  const [message, setMessage] = useState(drafts.get(photo.photoId) ?? '');
  const left = MESSAGE_LIMIT_BYTES - bytesOf(message);
  const isReady = canWrite && left >= 0 && message.trim() !== '';

  const type = (text: string) => {
    setMessage(text);
    drafts.set(photo.photoId, text);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady) return;
    post(message);
    type('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };

  return (
    <section className="comments" aria-labelledby="comments-title">
      <h3 id="comments-title">Comments</h3>
      <ol aria-label="Comments" aria-busy={isLoading}>
        {comments.map(({ commentId, user: by, message: text, createdAt, status, problem: why }) => (
          <li key={commentId} data-comment={status}>
            <p className="quiet"><b>{by}</b> · <When at={createdAt} /></p>
            <p className="message">{text}</p>
            {status === 'sending' && <p className="quiet">Sending…</p>}
            {status === 'failed' && (
              <p className="problem" role="alert">
                Not posted. {why} <button type="button" disabled={!canWrite} onClick={() => retry(commentId)}>Try again</button>
              </p>
            )}
          </li>
        ))}
      </ol>
      {!isLoading && !problem && !comments.length && <p className="quiet">No comments yet.</p>}
      {isLoading && !comments.length && <p className="quiet">Loading comments…</p>}
      {problem && (
        <p className="problem" role="alert">
          Comments cannot be loaded: {problem} <button type="button" onClick={loadMore}>Retry</button>
        </p>
      )}
      {hasMore && !problem && <button type="button" disabled={isLoading} onClick={loadMore}>More comments</button>}
      <form onSubmit={submit}>
        <label htmlFor="comment">Your comment</label>
        <textarea id="comment" rows={3} value={message} onChange={(event) => type(event.target.value)} onKeyDown={onKeyDown} />
        {left < SHOW_LEFT_BYTES && (
          <p className={left < 0 ? 'problem' : 'quiet'} role="status">
            {left < 0 ? `Too long by ${-left} bytes.` : `${left} bytes left.`}
          </p>
        )}
        <button type="submit" className="primary" disabled={!isReady}>Post</button>
      </form>
    </section>
  );
}
