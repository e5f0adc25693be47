import type { Place } from '../backend/config.ts';
import type { Serving } from '../regions/serving.ts';
import { mayWrite } from '../regions/serving.ts';
import { useServices } from '../services.ts';
import { useStore } from './useStore.ts';

/** What is served now, the Region that this page uses, and whether something can be added there. */
export function useServing(): { serving: Serving; place: Place | null; canWrite: boolean } {
  const { config, watcher } = useServices();
  const serving = useStore(watcher.serving);
  return { serving, place: serving.side && config[serving.side], canWrite: mayWrite(serving, config) };
}
