import type { MouseEvent } from 'react';
import { useEffect, useState } from 'react';
import type { Place } from '../backend/config.ts';
import type { Photo } from '../backend/photos.ts';
import { useServices } from '../services.ts';
import type { IconName } from './Icon.tsx';
import { Icon } from './Icon.tsx';
import { Picture } from './Picture.tsx';
import { usePending } from './usePending.ts';
import { usePreloaded } from './usePicture.ts';
import { useSwipe } from './useSwipe.ts';
import { useZoom } from './useZoom.ts';

interface Props {
  photo: Photo;
  place: Place;
  previous: Photo | null;
  next: Photo | null;
  onShow: (photoId: string) => void;
}

/** The open photo, as large as there is room, and its neighbours by arrow, key or swipe. */
export function Stage({ photo, place, previous, next, onShow }: Props) {
  const { receipts } = useServices();
  const pending = usePending();
  const [element, setElement] = useState<HTMLElement | null>(null);
  const { scale, zoomIn, zoomOut, reset, toggleAt } = useZoom(element, photo.photoId);
  const isZoomed = scale > 1;
  const show = (neighbour: Photo | null) => {
    if (neighbour) onShow(neighbour.photoId);
  };
  usePreloaded(place, next);
  usePreloaded(place, previous);
  const swipe = useSwipe((direction) => !isZoomed && show(direction > 0 ? next : previous));

  useEffect(() => {
    const actions: Record<string, () => void> = {
      ArrowLeft: () => show(previous),
      ArrowRight: () => show(next),
      '+': zoomIn,
      '=': zoomIn,
      '-': zoomOut,
      '0': reset,
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const isTyping = event.target instanceof Element && event.target.closest('textarea, input');
      const action = actions[event.key];
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !action) return;
      event.preventDefault();
      action();
    };
    // on the window: a button that has just gone takes the focus with it
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });

  return (
    <div className="stage" data-zoomed={isZoomed || undefined} {...swipe}>
      <div className="zoom-frame" onDoubleClick={(event: MouseEvent) => toggleAt(event)}>
        <div ref={setElement} className="zoomed" data-testid="zoomed" data-scale={scale.toFixed(2)}>
          <Picture
            key={`${place.region} ${photo.photoId}`}
            photo={photo}
            place={place}
            isWhole={isZoomed}
            alt={photo.title}
            file={receipts.files.get(photo.photoId)}
            pending={pending}
          />
        </div>
      </div>
      <StageButton name="previous" icon="left" isOff={previous === null} onClick={() => show(previous)} />
      <StageButton name="next" icon="right" isOff={next === null} onClick={() => show(next)} />
      <StageButton name="zoom out" icon="minus" isOff={!isZoomed} onClick={zoomOut} />
      <StageButton name="zoom in" icon="plus" isOff={false} onClick={zoomIn} />
    </div>
  );
}

interface StageButtonProps {
  name: 'previous' | 'next' | 'zoom in' | 'zoom out';
  icon: IconName;
  isOff: boolean;
  onClick: () => void;
}

const LABELS = { previous: 'Previous photo', next: 'Next photo', 'zoom in': 'Zoom in', 'zoom out': 'Zoom out' };

/** Not `disabled` at the end, which would take the focus away in the middle of leafing. */
function StageButton({ name, icon, isOff, onClick }: StageButtonProps) {
  return (
    <button
      type="button"
      className={`on-stage ${name.replace(' ', '-')}`}
      aria-label={LABELS[name]}
      aria-disabled={isOff}
      onClick={isOff ? undefined : onClick}
    >
      <Icon name={icon} size={24} />
    </button>
  );
}
