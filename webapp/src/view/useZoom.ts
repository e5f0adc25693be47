import type { PanzoomEventDetail, PanzoomObject } from '@panzoom/panzoom';
import Panzoom from '@panzoom/panzoom';
import type { MouseEvent } from 'react';
import { useEffect, useRef, useState } from 'react';

export interface Zoom {
  scale: number;
  zoomIn: () => void;
  zoomOut: () => void;
  reset: () => void;
  /** Closer to a point of the screen, or back to all of it. */
  toggleAt: (event: Pick<MouseEvent, 'clientX' | 'clientY'>) => void;
}

const MAX_SCALE = 8;
const CLOSER = 3;

/** Wheel, pinch and drag on an element, which fills its parent; all of it again whenever `id` changes. */
export function useZoom(element: HTMLElement | null, id: string): Zoom {
  const zoom = useRef<PanzoomObject | null>(null);
  const [found, setFound] = useState({ id, scale: 1 });
  const scale = found.id === id ? found.scale : 1;

  useEffect(() => {
    const parent = element?.parentElement;
    if (!element || !parent) return;
    // one finger scrolls the page up and down, unless it moves a part of the picture
    const made = Panzoom(element, {
      maxScale: MAX_SCALE,
      minScale: 1,
      contain: 'outside',
      panOnlyWhenZoomed: true,
      cursor: '',
      touchAction: 'pan-y',
      handleStartEvent: () => {},
    });
    const onChange = (event: Event) => {
      const { scale } = (event as CustomEvent<PanzoomEventDetail>).detail;
      setFound({ id, scale });
      made.setOptions({ touchAction: scale > 1 ? 'none' : 'pan-y' });
    };
    element.addEventListener('panzoomchange', onChange);
    parent.addEventListener('wheel', made.zoomWithWheel, { passive: false });
    zoom.current = made;
    return () => {
      zoom.current = null;
      element.removeEventListener('panzoomchange', onChange);
      parent.removeEventListener('wheel', made.zoomWithWheel);
      made.destroy();
    };
  }, [element, id]);

  return {
    scale,
    zoomIn: () => void zoom.current?.zoomIn({ animate: false }),
    zoomOut: () => void zoom.current?.zoomOut({ animate: false }),
    reset: () => void zoom.current?.zoom(1),
    toggleAt: (event) => void zoom.current?.zoomToPoint(scale > 1 ? 1 : CLOSER, event),
  };
}
