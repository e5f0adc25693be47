import { useServices } from '../services.ts';
import { Clock } from './Clock.tsx';
import { useStore } from './useStore.ts';

/** What happened since the page was opened, and when the page noticed it, newest first. */
export function EventLog() {
  const { watcher } = useServices();
  const { entries } = useStore(watcher.history);
  return (
    <section className="events" aria-labelledby="events-title">
      <h2 id="events-title">What this page saw, newest first</h2>
      {entries.length ? (
        <ol aria-label="What happened">
          {entries.toReversed().map(({ atMs, text }, index) => (
            <li key={entries.length - index}>
              <span className="quiet">
                <Clock atMs={atMs} />
              </span>{' '}
              {text}
            </li>
          ))}
        </ol>
      ) : (
        <p className="quiet">Nothing since this page was opened.</p>
      )}
    </section>
  );
}
