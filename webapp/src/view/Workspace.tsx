import { QueryClientProvider } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Config } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { makeServices, ServicesContext, useServices } from '../services.ts';
import { AddPhotos } from './AddPhotos.tsx';
import { EmptyGallery } from './EmptyGallery.tsx';
import { Gallery } from './Gallery.tsx';
import { Header } from './Header.tsx';
import { LightBox } from './LightBox.tsx';
import { RegionPanel } from './RegionPanel.tsx';
import { Uploads } from './Uploads.tsx';
import { useGallery } from './useGallery.ts';
import { useOpened } from './useOpened.ts';
import { useServing } from './useServing.ts';
import { useStore } from './useStore.ts';
import { useUploads } from './useUploads.ts';

interface Props {
  config: Config;
  user: string;
  onSignedOut: (note?: string) => void;
}

/** Everything behind the sign-in. */
export function Workspace({ config, user, onSignedOut }: Props) {
  const [services] = useState(() =>
    makeServices(config, user, () => onSignedOut('Your session has expired. Sign in again.')),
  );
  useEffect(() => services.watcher.start(), [services]);
  useEffect(() => services.receipts.start(), [services]);
  useEffect(() => services.route.start(), [services]);
  return (
    <ServicesContext value={services}>
      <QueryClientProvider client={services.queries}>
        <Header user={user} onSignOut={() => onSignedOut()} />
        <RegionPanel canExpand />
        <Photos />
      </QueryClientProvider>
    </ServicesContext>
  );
}

/** Uploads, the gallery, and the photo that is open. */
function Photos() {
  const { comments, route } = useServices();
  const { serving, place, canWrite } = useServing();
  const openId = useStore(route.photoId);
  const gallery = useGallery(place);
  const opened = useOpened(openId, gallery);
  const uploads = useUploads();
  const isUploading = useStore(uploads.uploads).length > 0;
  const open = useCallback(({ photoId }: Photo) => route.open(photoId), [route]);
  const main = useRef<HTMLElement>(null);
  const focusMain = useCallback(() => main.current?.focus({ preventScroll: true }), []);
  useEffect(focusMain, [focusMain]); // signed in: the button is gone

  const { resume } = uploads;
  useEffect(() => {
    if (!canWrite) return;
    comments.resume();
    resume();
  }, [comments, resume, canWrite, serving.side]);

  const { status, problem, photos, isAll } = gallery;
  return (
    <>
      <main ref={main} className="workspace" tabIndex={-1} aria-label="Photos and uploads">
        <AddPhotos isDisabled={!canWrite} onFiles={uploads.add} />
        <Uploads uploads={uploads} isDisabled={!canWrite} />
        {!photos.length && isAll && !isUploading && <EmptyGallery canWrite={canWrite} onFiles={uploads.add} />}
        {!photos.length && status === 'failed' && (
          <p className="empty" role="status">
            Photos cannot be loaded: {problem} Retrying.
          </p>
        )}
        {place && (photos.length > 0 || status !== 'failed') && (
          <Gallery gallery={gallery} place={place} openId={openId} onOpen={open} onNoTile={focusMain} />
        )}
      </main>
      {openId !== null && opened && place && (
        <LightBox
          photoId={openId}
          opened={opened}
          place={place}
          canWrite={canWrite}
          onShow={(photoId) => route.replace(photoId)}
          onClose={() => route.close()}
        />
      )}
    </>
  );
}
