import { useEffect, useRef } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import type { Banner } from '../serving.ts';
import type { Watcher } from '../watcher.ts';
import { BannerLine } from './BannerLine.tsx';
import { Comments } from './Comments.tsx';
import { Picture } from './Picture.tsx';
import { When } from './When.tsx';

interface Props {
  photo: Photo;
  place: Place;
  user: string;
  watcher: Watcher;
  canWrite: boolean;
  banner: Banner | null;
  /** Text typed for each photo and not yet sent. */
  drafts: Map<string, string>;
  onClose: () => void;
}

/** A photo and its comments. */
export function PhotoDialog({ photo, place, user, watcher, canWrite, banner, drafts, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    // a modal traps the focus, closes on Escape, and restores the focus
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  return (
    <dialog ref={dialog} aria-labelledby="photo-title" onClose={onClose} onClick={(event) => {
      if (event.target === dialog.current) dialog.current?.close(); // a click on the backdrop
    }}>
      <div className="dialog-inside">
        <header>
          <h2 id="photo-title">{photo.title}</h2>
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>Close</button>
        </header>
        {banner && <BannerLine banner={banner} config={watcher.config} onSwitch={(side) => watcher.switchTo(side)} />}
        <div className="dialog-body">
          <Picture key={place.region} photoId={photo.photoId} place={place} size="full" alt={photo.title} />
          <div className="beside">
            <p className="quiet">{photo.user} · <When at={photo.createdAt} /></p>
            <Comments photo={photo} place={place} user={user} watcher={watcher} canWrite={canWrite} drafts={drafts} />
          </div>
        </div>
      </div>
    </dialog>
  );
}
