import type { KeyboardEvent, SubmitEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { bytesOf, hasText, MESSAGE_LIMIT_BYTES } from '../backend/limits.ts';
import type { Photo } from '../backend/photos.ts';
import { useServices } from '../services.ts';
import type { ShownComment } from '../writes/merging.ts';
import { fateOf, isLeftBehind, textOf } from '../writes/receipts.ts';
import { NameForm } from './NameForm.tsx';
import type { CommentList } from './useComments.ts';
import { useNow } from './useNow.ts';
import { useServing } from './useServing.ts';
import { When } from './When.tsx';

interface Props {
  photo: Photo;
  list: CommentList;
  canWrite: boolean;
}

const SHOW_LEFT_BYTES = 500;

/** A photo's comments, and the form for a new one. */
export function Comments({ photo, list, canWrite }: Props) {
  const { comments: outbox, drafts } = useServices();
  const { comments, isLoading, problem, hasMore, loadMore, reload } = list;
  const [message, setMessage] = useState(() => drafts.current()[photo.photoId] ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  const end = useRef<HTMLLIElement>(null);
  const left = MESSAGE_LIMIT_BYTES - bytesOf(message);
  const isReady = canWrite && left >= 0 && hasText(message);

  const type = (text: string) => {
    setMessage(text);
    drafts.set({ ...drafts.current(), [photo.photoId]: text || undefined });
  };
  const submit = (event: SubmitEvent | KeyboardEvent) => {
    event.preventDefault();
    if (!isReady) return;
    void outbox.post(photo, message);
    type('');
    field.current?.focus(); // the button is disabled now
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };

  // the user's own new comment comes into sight
  const newestOwn = comments.findLast(({ status }) => status !== 'sent')?.commentId;
  useEffect(() => {
    if (newestOwn) end.current?.scrollIntoView({ block: 'nearest' });
  }, [newestOwn]);

  return (
    <section className="comments" aria-labelledby="comments-title">
      <h3 id="comments-title">Comments</h3>
      <div className="comments-read" role="group" aria-labelledby="comments-title" tabIndex={0}>
        <ol aria-label="Comments" aria-busy={isLoading}>
          {comments.map((comment, index) => (
            <li key={comment.commentId} ref={index === comments.length - 1 ? end : null} data-comment={comment.status}>
              <p className="quiet">
                <b dir="auto">{comment.user}</b> · <When at={comment.createdAt} />
              </p>
              <p className="message" dir="auto">
                {comment.message}
              </p>
              <Fate comment={comment} canWrite={canWrite} />
            </li>
          ))}
        </ol>
        {!isLoading && !problem && !comments.length && <p className="quiet">No comments yet.</p>}
        {isLoading && !comments.length && <p className="quiet">Loading comments…</p>}
        {problem && (
          <p className="problem" role="alert">
            Comments cannot be loaded: {problem}{' '}
            <button type="button" onClick={reload}>
              Retry
            </button>
          </p>
        )}
        {hasMore && !problem && (
          <button type="button" disabled={isLoading} onClick={loadMore}>
            More comments
          </button>
        )}
      </div>
      {comments.some(({ status }) => status === 'unnamed') && <NameForm />}
      <form onSubmit={submit}>
        <label htmlFor="comment">Your comment</label>
        <textarea
          ref={field}
          id="comment"
          dir="auto"
          rows={2}
          value={message}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {left < SHOW_LEFT_BYTES && (
          <p className={left < 0 ? 'problem' : 'quiet'} role="status">
            {left < 0 ? `Too long by ${-left} bytes.` : `${left} bytes left.`}
          </p>
        )}
        <button type="submit" className="primary" disabled={!isReady}>
          Post
        </button>
      </form>
    </section>
  );
}

/** What became of one of the user's own comments. */
function Fate({ comment, canWrite }: { comment: ShownComment; canWrite: boolean }) {
  const { config, comments: outbox } = useServices();
  const { serving } = useServing();
  const nowMs = useNow();
  const { commentId, status, problem, isRejected, receipt } = comment;
  const again = () => void outbox.retry(commentId);
  switch (status) {
    case 'sent': {
      if (!receipt) return null;
      const fate = fateOf(receipt, serving, config, nowMs);
      return (
        <p className={isLeftBehind(fate) ? 'problem' : 'quiet'} data-testid="receipt">
          {textOf(receipt, fate, config)}
        </p>
      );
    }
    case 'sending':
      return <p className="quiet">Sending…</p>;
    case 'waiting':
      return (
        <p className="waiting" role="status">
          Not posted yet. {problem} It is sent when comments can be added again.{' '}
          {canWrite && (
            <button type="button" onClick={again}>
              Send now
            </button>
          )}
        </p>
      );
    case 'unnamed':
      return (
        <p className="waiting" role="status">
          Not posted yet. {problem}
        </p>
      );
    case 'failed':
      return (
        <p className="problem" role="alert">
          Not posted. {problem}{' '}
          {!isRejected && (
            <button type="button" disabled={!canWrite} onClick={again}>
              Try again
            </button>
          )}
        </p>
      );
  }
}
