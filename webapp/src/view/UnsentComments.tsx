import { useServices } from '../services.ts';
import type { ShownComment } from '../writes/merging.ts';
import { useStore } from './useStore.ts';

/** What the user wrote about a photo that is deleted: it cannot be posted, but may be copied. */
export function UnsentComments({ photoId, comments }: { photoId: string; comments: ShownComment[] }) {
  const { drafts } = useServices();
  const draft = useStore(drafts)[photoId];
  const unsent = comments.filter(({ status }) => status !== 'sent').map(({ message }) => message);
  const texts = draft ? [...unsent, draft] : unsent;
  if (!texts.length) return null;
  return (
    <section className="comments" aria-labelledby="unsent-title">
      <h3 id="unsent-title">Not posted</h3>
      <ol aria-labelledby="unsent-title">
        {texts.map((text, index) => (
          <li key={index} className="message" dir="auto">
            {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
