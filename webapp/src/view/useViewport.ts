import { useEffect, useState } from 'react';

export interface Viewport {
  /** Of the element, in pixels; 0 until it is known. */
  width: number;
  /** The stretch of the element that is on the screen, in pixels below its upper edge; rounded. */
  top: number;
  bottom: number;
}

/** Fewer renders while scrolling. */
const STEP_PX = 128;

/** What of an element is on the screen, as the page is scrolled and changes its size. */
export function useViewport(element: HTMLElement | null): Viewport {
  const [viewport, setViewport] = useState<Viewport>({ width: 0, top: 0, bottom: 0 });
  useEffect(() => {
    if (!element) return;
    const rounded = (value: number) => Math.round(value / STEP_PX) * STEP_PX;
    const read = () => {
      const box = element.getBoundingClientRect();
      const now = { width: box.width, top: rounded(-box.top), bottom: rounded(window.innerHeight - box.top) };
      setViewport((old) => (isSame(old, now) ? old : now));
    };
    // the body too: what is above the element moves it
    const observer = new ResizeObserver(read);
    [element, document.body].forEach((one) => observer.observe(one));
    window.addEventListener('scroll', read, { passive: true });
    window.addEventListener('resize', read);
    return () => {
      observer.disconnect();
      window.removeEventListener('scroll', read);
      window.removeEventListener('resize', read);
    };
  }, [element]);
  return viewport;
}

const isSame = (a: Viewport, b: Viewport): boolean => a.width === b.width && a.top === b.top && a.bottom === b.bottom;
