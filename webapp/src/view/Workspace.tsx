import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { Config } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { bannerOf, mayWrite } from '../serving.ts';
import { Watcher } from '../watcher.ts';
import { AddPhotos } from './AddPhotos.tsx';
import { BannerLine } from './BannerLine.tsx';
import { Gallery } from './Gallery.tsx';
import { Header } from './Header.tsx';
import { PhotoDialog } from './PhotoDialog.tsx';
import { Uploads } from './Uploads.tsx';
import { useGallery } from './useGallery.ts';
import { useUploads } from './useUploads.ts';

interface Props {
  config: Config;
  user: string;
  onSignedOut: (note?: string) => void;
}

/** Everything behind the sign-in. */
export function Workspace({ config, user, onSignedOut }: Props) {
  const watcher = useMemo(
    () => new Watcher(config, () => onSignedOut('Your session has expired. Sign in again.')),
    // the parent creates the callback at each rendering; the watcher must stay the same
    [config],
  );
  useEffect(() => watcher.start(), [watcher]);
  const serving = useSyncExternalStore(watcher.subscribe, watcher.current);
  const [open, setOpen] = useState<Photo | null>(null);
  const drafts = useRef(new Map<string, string>());

  const place = serving && config[serving.side];
  const banner = serving && bannerOf(serving, config);
  const canWrite = !!serving && mayWrite(serving, config);
  const gallery = useGallery(place, watcher);
  const uploads = useUploads(watcher, user, gallery.add);
  const close = useCallback(() => setOpen(null), []);

  return (
    <>
      <Header serving={serving} config={config} user={user} onSignOut={() => onSignedOut()} />
      {banner && !open && <BannerLine banner={banner} config={config} onSwitch={(side) => watcher.switchTo(side)} />}
      <main className="workspace">
        <AddPhotos isDisabled={!canWrite} onFiles={uploads.add} />
        <Uploads uploads={uploads} isDisabled={!canWrite} />
        {place && <Gallery gallery={gallery} place={place} onOpen={setOpen} />}
      </main>
      {open && place && (
        <PhotoDialog
          key={open.photoId}
          photo={open}
          place={place}
          user={user}
          watcher={watcher}
          canWrite={canWrite}
          banner={banner}
          drafts={drafts.current}
          onClose={close}
        />
      )}
    </>
  );
}
