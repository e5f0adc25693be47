import { useEffect, useRef } from 'react';
import type { Place } from '../backend/config.ts';
import { isOwn } from '../backend/photos.ts';
import type { Opened } from '../gallery/opened.ts';
import { cityOf } from '../regions/names.ts';
import { useServices } from '../services.ts';
import { Comments } from './Comments.tsx';
import { DeletePhoto } from './DeletePhoto.tsx';
import { RegionPanel } from './RegionPanel.tsx';
import { Stage } from './Stage.tsx';
import { UnsentComments } from './UnsentComments.tsx';
import { useComments } from './useComments.ts';
import { When } from './When.tsx';

interface Props {
  photoId: string;
  opened: Opened;
  place: Place;
  canWrite: boolean;
  onShow: (photoId: string) => void;
  onClose: () => void;
}

/** A photo over the gallery, with its comments. */
export function LightBox({ photoId, opened, place, canWrite, onShow, onClose }: Props) {
  const { deletions } = useServices();
  const comments = useComments(photoId, place);
  const dialog = useRef<HTMLDialogElement>(null);
  const isPressedOutside = useRef(false);
  useEffect(() => {
    // a modal traps the focus, closes on Escape, and restores the focus
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);

  const { isDeleted } = comments;
  useEffect(() => {
    if (isDeleted) void deletions.forget(photoId);
  }, [deletions, isDeleted, photoId]);

  const photo = opened.status === 'found' && !isDeleted ? opened.photo : null;
  return (
    <dialog
      ref={dialog}
      className="light-box"
      aria-labelledby="photo-title"
      onClose={onClose}
      onPointerDown={(event) => {
        isPressedOutside.current = event.target === dialog.current;
      }}
      onClick={(event) => {
        // pressed and released on the backdrop: a selection that ends there is no wish to close
        if (isPressedOutside.current && event.target === dialog.current) dialog.current?.close();
      }}
    >
      <div className="dialog-inside">
        <header>
          <h2 id="photo-title" dir="auto" aria-live="polite">
            {photo ? photo.title : titleWithout(isDeleted ? 'deleted' : opened.status)}
          </h2>
          {photo && isOwn(photo) && <DeletePhoto key={photoId} photo={photo} canWrite={canWrite} onDeleted={onClose} />}
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        <RegionPanel canExpand={false} />
        {photo && opened.status === 'found' ? (
          <div className="dialog-body">
            <Stage photo={photo} place={place} previous={opened.previous} next={opened.next} onShow={onShow} />
            <div className="beside">
              <p className="quiet">
                <span dir="auto">{photo.user}</span> · <When at={photo.createdAt} />
              </p>
              <Comments key={photoId} photo={photo} list={comments} canWrite={canWrite} />
            </div>
          </div>
        ) : (
          <div className="nothing">
            <p>
              {isDeleted && 'Its author has deleted it for everyone.'}
              {!isDeleted && opened.status === 'unknown' && `${cityOf(place.region)} has no photo at this address.`}
              {!isDeleted && opened.status === 'searching' && 'Older photos take a moment.'}
            </p>
            {isDeleted && <UnsentComments photoId={photoId} comments={comments.comments} />}
          </div>
        )}
      </div>
    </dialog>
  );
}

function titleWithout(status: Opened['status'] | 'deleted'): string {
  switch (status) {
    case 'deleted':
      return 'This photo was deleted';
    case 'unknown':
      return 'There is no such photo';
    default:
      return 'Looking for the photo…';
  }
}
