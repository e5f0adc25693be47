import { useEffect } from 'react';
import { useServices } from '../services.ts';
import type { UploadQueue } from '../writes/uploadQueue.ts';
import { useStore } from './useStore.ts';

/** The upload queue; while it is not empty, the browser asks before it leaves the page. */
export function useUploads(): UploadQueue {
  const { uploads: queue } = useServices();
  const uploads = useStore(queue.uploads);
  const isBusy = uploads.some(({ status }) => status !== 'done' && status !== 'failed');
  useEffect(() => {
    if (!isBusy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isBusy]);
  return queue;
}
