// Deletes photos for everyone, and forgets here what others have deleted.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Config, Place } from '../backend/config.ts';
import { HttpError } from '../backend/http.ts';
import type { Page, Photo } from '../backend/photos.ts';
import { cityOf } from '../regions/names.ts';
import type { Watcher } from '../regions/watcher.ts';
import type { ReceiptBook } from './receiptBook.ts';

export interface DeletionsOptions {
  config: Config;
  queries: QueryClient;
  watcher: Pick<Watcher, 'write'>;
  receipts: Pick<ReceiptBook, 'ofPhoto' | 'forget'>;
  send: (place: Place, photoId: string) => Promise<void>;
}

type Listed = Page<Photo> | InfiniteData<Page<Photo>> | undefined;

export class Deletions {
  private readonly options: DeletionsOptions;

  constructor(options: DeletionsOptions) {
    this.options = options;
  }

  /** Delete a photo for everyone. An error's message is for the user. */
  async delete({ photoId }: Pick<Photo, 'photoId'>): Promise<void> {
    const { watcher, send } = this.options;
    await watcher.write((place) => send(place, photoId).catch((error) => this.refuse(error, place, photoId)));
    await this.forget(photoId);
  }

  /** A photo that is deleted: no list shows it any more. */
  async forget(photoId: string): Promise<void> {
    const { queries, receipts } = this.options;
    // an answer from before the deletion would bring it back
    await queries.cancelQueries({ queryKey: ['photos'] });
    const without = (page: Page<Photo>) => ({
      ...page,
      entries: page.entries.filter((one) => one.photoId !== photoId),
    });
    queries.setQueriesData<Listed>({ queryKey: ['photos'] }, (listed) => {
      if (!listed) return listed;
      return 'pages' in listed ? { ...listed, pages: listed.pages.map(without) } : without(listed);
    });
    receipts.forget(photoId);
  }

  /** The error to report, unless the photo is gone already. */
  private refuse(error: unknown, { region }: Place, photoId: string): void {
    const { status, code } = error instanceof HttpError ? error : { status: -1, code: '' };
    if (code === 'NotAuthor') throw new Error('Only the person who added this photo may delete it.');
    if (status === 410) return;
    if (status !== 404) throw error;
    const { config, receipts } = this.options;
    const receipt = receipts.ofPhoto(photoId);
    if (receipt?.copiedAtMs === null && config[receipt.side].region !== region) {
      throw new Error(`Not deleted: ${cityOf(region)} does not have this photo yet.`);
    }
  }
}
