// What the views of one session share.
import { QueryClient } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import type { Config } from './backend/config.ts';
import { addPhoto, commentsThere, deletePhoto, photosThere, postComment } from './backend/photos.ts';
import { expiresAt } from './backend/session.ts';
import { askRegion } from './backend/state.ts';
import { Proportions } from './gallery/proportions.ts';
import { Route } from './gallery/route.ts';
import { prepare } from './images/prepare.ts';
import { NO_HISTORY } from './regions/history.ts';
import { Watcher } from './regions/watcher.ts';
import { KeptStore } from './store.ts';
import { CommentOutbox } from './writes/commentOutbox.ts';
import { Deletions } from './writes/deletions.ts';
import { DisplayName } from './writes/displayName.ts';
import { ReceiptBook } from './writes/receiptBook.ts';
import { UploadQueue } from './writes/uploadQueue.ts';

export interface Services {
  config: Config;
  user: string;
  queries: QueryClient;
  watcher: Watcher;
  receipts: ReceiptBook;
  name: DisplayName;
  uploads: UploadQueue;
  comments: CommentOutbox;
  deletions: Deletions;
  /** Text typed for each photo and not yet sent. */
  drafts: KeptStore<Readonly<Record<string, string | undefined>>>;
  proportions: Proportions;
  route: Route;
}

const HELD = 'is-region-held';

export function makeServices(config: Config, user: string, onSignedOut: () => void): Services {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const isFollowing = localStorage.getItem(HELD) === null;
  const history = new KeptStore(NO_HISTORY, sessionStorage, `history ${config.appId} ${user}`);
  const watcher = new Watcher({
    config,
    queries,
    ask: askRegion,
    isFollowing,
    sessionUntilMs: expiresAt,
    history,
    onSignedOut,
  });
  const receipts = new ReceiptBook({
    config,
    serving: watcher.serving,
    photosThere,
    commentsThere,
    receipts: new KeptStore([], sessionStorage, `receipts ${config.appId} ${user}`),
  });
  const deletions = new Deletions({ config, queries, watcher, receipts, send: deletePhoto });
  const name = new DisplayName(user, localStorage, `name ${config.appId} ${user}`);
  const uploads = new UploadQueue({ name, watcher, receipts, prepare, send: addPhoto });
  const onPhotoDeleted = (photoId: string) => void deletions.forget(photoId);
  const comments = new CommentOutbox({ name, watcher, receipts, post: postComment, onPhotoDeleted });
  return {
    config,
    user,
    queries,
    watcher,
    receipts,
    name,
    uploads,
    comments,
    deletions,
    drafts: new KeptStore({}, sessionStorage, `drafts ${config.appId} ${user}`),
    proportions: new Proportions(),
    route: new Route(window),
  };
}

/** Follow the Region that writes, or hold the current one: kept for the next visit. */
export function setFollowing({ watcher }: Services, isFollowing: boolean): void {
  if (isFollowing) localStorage.removeItem(HELD);
  else localStorage.setItem(HELD, 'yes');
  watcher.follow(isFollowing);
}

export const ServicesContext = createContext<Services | null>(null);

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('No services are provided.');
  return services;
}
