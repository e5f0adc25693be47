import { useCallback, useEffect, useRef, useState } from 'react';
import { uuid7 } from '../backend/ids.ts';
import { fileProblem, titleOf, userOf } from '../backend/limits.ts';
import type { Photo } from '../backend/photos.ts';
import { addPhoto } from '../backend/photos.ts';
import type { Watcher } from '../watcher.ts';

export interface Upload {
  photoId: string;
  file: File;
  status: 'waiting' | 'sending' | 'done' | 'failed';
  share: number;
  problem?: string;
  /** Rejected for its type or size: a retry cannot succeed. */
  isRejected?: boolean;
}

export interface UploadQueue {
  uploads: Upload[];
  add: (files: File[]) => void;
  retry: (photoId: string) => void;
  dismiss: (photoId: string) => void;
}

const AT_ONCE = 3;
const DONE_STAYS_MS = 4_000;

/** The upload queue. Retries use the same id, so that no photo is added twice. */
export function useUploads(watcher: Watcher, user: string, onAdded: (photo: Photo) => void): UploadQueue {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const started = useRef(new Set<string>());

  const change = useCallback((photoId: string, values: Partial<Upload>) => {
    setUploads((all) => all.map((upload) => (upload.photoId === photoId ? { ...upload, ...values } : upload)));
  }, []);
  const dismiss = useCallback((photoId: string) => {
    setUploads((all) => all.filter((upload) => upload.photoId !== photoId));
  }, []);

  const send = useCallback(async ({ photoId, file }: Upload) => {
    change(photoId, { status: 'sending', share: 0 });
    const photo = { photoId, title: titleOf(file.name), user: userOf(user), contentType: file.type };
    try {
      const added = await watcher.write((place) => addPhoto(place, photo, file, (share) => change(photoId, { share })));
      change(photoId, { status: 'done', share: 1 });
      onAdded(added);
      setTimeout(() => dismiss(photoId), DONE_STAYS_MS);
    } catch (error) {
      change(photoId, { status: 'failed', problem: (error as Error).message });
    } finally {
      started.current.delete(photoId);
    }
  }, [watcher, user, onAdded, change, dismiss]);

  useEffect(() => {
    for (const upload of uploads) {
      if (upload.status !== 'waiting' || started.current.has(upload.photoId)) continue;
      if (started.current.size >= AT_ONCE) break;
      started.current.add(upload.photoId);
      void send(upload);
    }
  }, [uploads, send]);

  // leaving the page would lose running uploads
  const isBusy = uploads.some(({ status }) => status === 'waiting' || status === 'sending');
  useEffect(() => {
    if (!isBusy) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isBusy]);

  const add = useCallback((files: File[]) => {
    const found = files.map((file): Upload => {
      const problem = fileProblem(file);
      const upload = { photoId: uuid7(), file, share: 0 };
      return problem ? { ...upload, status: 'failed', problem, isRejected: true } : { ...upload, status: 'waiting' };
    });
    setUploads((all) => [...all, ...found]);
  }, []);
  const retry = useCallback((photoId: string) => change(photoId, { status: 'waiting', share: 0 }), [change]);
  return { uploads, add, retry, dismiss };
}
