import { hasText, userOf } from '../backend/limits.ts';
import { KeptStore } from '../store.ts';

/** The name under which a user adds photos and comments: it belongs to whoever used it first, so another one may be needed. */
export class DisplayName extends KeptStore<string> {
  constructor(user: string, storage: Pick<Storage, 'getItem' | 'setItem'>, key: string) {
    super(userOf(user), storage, key);
  }

  /** Use another name, now and at the next visit. */
  choose(text: string): void {
    const name = userOf(text.trim());
    if (hasText(name)) this.set(name);
  }
}
