import { useEffect, useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Addresses, Photo } from '../backend/photos.ts';
import { addressesOf } from '../backend/photos.ts';

const RETRY_MS = 3_000;
const RETRY_LIMIT_MS = 30_000;

/**
 * Where a photo's renditions are; null until they are known, and again after `retry`, until it is time for another try.
 * `tries` counts those that have failed.
 */
export function useAddresses(
  place: Place,
  photo: Photo,
): { addresses: Addresses | null; tries: number; retry: () => void } {
  const { photoId, hasLarge = false } = photo;
  const [tries, setTries] = useState(0);
  const [addresses, setAddresses] = useState<Addresses | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const show = async () => {
      const found = await addressesOf(place, { photoId, hasLarge });
      if (isCurrent) setAddresses(found);
    };
    const later = () => {
      if (isCurrent) setTries(tries + 1);
    };
    const waitMs = tries && Math.min(RETRY_MS * 2 ** (tries - 1), RETRY_LIMIT_MS);
    const timer = window.setTimeout(() => void show().catch(later), waitMs);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [place, photoId, hasLarge, tries]);
  const retry = () => {
    setAddresses(null);
    setTries(tries + 1);
  };
  return { addresses, tries, retry };
}

/** Have the browser load what a photo will be shown with, so that it is there when it is opened. */
export function usePreloaded(place: Place, photo: Photo | null): void {
  const photoId = photo?.hasLarge ? photo.photoId : null; // the photo itself may be megabytes
  useEffect(() => {
    if (photoId === null) return;
    const load = async () => {
      new Image().src = (await addressesOf(place, { photoId, hasLarge: true })).large;
    };
    void load().catch(() => {}); // it is loaded when it is opened
  }, [place, photoId]);
}

/** A URL of a file of this page. */
export function useFileUrl(file: File | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    const timer = setTimeout(() => setUrl(made));
    return () => {
      clearTimeout(timer);
      setUrl(null);
      URL.revokeObjectURL(made);
    };
  }, [file]);
  return url;
}
