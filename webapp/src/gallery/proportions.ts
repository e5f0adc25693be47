// The proportions of photos, width divided by height: the back end does not know them, the thumbnails do.
import type { Photo } from '../backend/photos.ts';
import { Store } from '../store.ts';

/** For a photo whose picture is missing or late. It keeps them, or the grid would jump under the reader. */
const ASSUMED = 4 / 3;
const LIMIT_MS = 3_000;
/** Those that are known at about the same time are told together. */
const TOGETHER_MS = 16;

export class Proportions {
  readonly known = new Store<ReadonlyMap<string, number>>(new Map());
  private readonly asked = new Set<string>();
  private fresh: [string, number][] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Learn those of photos that were not asked for before. `load` returns a photo's, or fails. */
  measure(photos: readonly Photo[], load: (photo: Photo) => Promise<number>): void {
    for (const photo of photos) {
      if (this.asked.has(photo.photoId)) continue;
      this.asked.add(photo.photoId);
      const late = new Promise<number>((resolve) => setTimeout(resolve, LIMIT_MS, ASSUMED));
      void Promise.race([load(photo).catch(() => ASSUMED), late]).then((found) => this.learn(photo.photoId, found));
    }
  }

  private learn(photoId: string, proportion: number): void {
    this.fresh.push([photoId, proportion > 0 && Number.isFinite(proportion) ? proportion : ASSUMED]);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const fresh = this.fresh.splice(0);
      this.known.set(new Map([...this.known.current(), ...fresh]));
    }, TOGETHER_MS);
  }
}
