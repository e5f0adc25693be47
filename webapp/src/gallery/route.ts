// The address of the open photo, behind the page's #: no server needs to know it. Back closes, Forward opens again.
import { Store } from '../store.ts';

type Browser = Pick<Window, 'addEventListener' | 'removeEventListener'> & {
  readonly location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  readonly history: Pick<History, 'state' | 'pushState' | 'replaceState' | 'back'>;
};

const PHOTO = /^#\/photos\/([^/]+)$/;

/** The id in an address, which may be none of a photo; null for the gallery. */
export const photoIdIn = (hash: string): string | null => PHOTO.exec(hash)?.[1] ?? null;

export const addressOf = (photoId: string): string => `#/photos/${photoId}`;

export class Route {
  /** The open photo. */
  readonly photoId: Store<string | null>;
  private readonly browser: Browser;
  private isClosing = false;

  constructor(browser: Browser) {
    this.browser = browser;
    this.photoId = new Store(photoIdIn(browser.location.hash));
  }

  /** Follow the browser's address; returns a function that stops it. */
  start(): () => void {
    this.browser.addEventListener('popstate', this.read);
    return () => this.browser.removeEventListener('popstate', this.read);
  }

  /** Open a photo over the gallery. */
  open(photoId: string): void {
    this.browser.history.pushState({ isOverGallery: true }, '', addressOf(photoId));
    this.read();
  }

  /** Show another photo in place of the open one: Back still leads to the gallery. */
  replace(photoId: string): void {
    const { history } = this.browser;
    history.replaceState(history.state, '', addressOf(photoId));
    this.read();
  }

  /** Back to the gallery. A photo whose address was followed from elsewhere has none behind it. */
  close(): void {
    const { history, location } = this.browser;
    if (this.photoId.current() === null || this.isClosing) return;
    if ((history.state as { isOverGallery?: boolean } | null)?.isOverGallery) {
      this.isClosing = true; // going back takes a moment: a second time would leave the page
      history.back();
      return;
    }
    history.replaceState(null, '', location.pathname + location.search);
    this.read();
  }

  private readonly read = (): void => {
    this.isClosing = false;
    this.photoId.set(photoIdIn(this.browser.location.hash));
  };
}
