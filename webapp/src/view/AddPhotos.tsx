import { useEffect, useRef, useState } from 'react';
import { IMAGE_TYPES } from '../images/types.ts';

interface Props {
  isDisabled: boolean;
  onFiles: (files: File[]) => void;
}

/** The file picker, and the whole page as a drop zone. */
export function AddPhotos({ isDisabled, onFiles }: Props) {
  const picker = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);

  useEffect(() => {
    let depth = 0; // of nested elements under the pointer: leaving a child is not leaving the page
    const onEnter = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      depth += 1;
      setIsOver(true);
    };
    const onLeave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setIsOver(false);
    };
    const onOver = (event: DragEvent) => event.preventDefault();
    const onDrop = (event: DragEvent) => {
      event.preventDefault(); // or the browser would open the file instead of the page
      depth = 0;
      setIsOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!isDisabled && files.length) onFiles(files);
    };
    const handlers = { dragenter: onEnter, dragleave: onLeave, dragover: onOver, drop: onDrop };
    const each = Object.entries(handlers) as [keyof typeof handlers, EventListener][];
    each.forEach(([event, handler]) => document.addEventListener(event, handler));
    return () => each.forEach(([event, handler]) => document.removeEventListener(event, handler));
  }, [isDisabled, onFiles]);

  return (
    <div className="add" data-over={isOver || undefined}>
      <button type="button" className="primary" disabled={isDisabled} onClick={() => picker.current?.click()}>
        Add photos
      </button>
      <input
        ref={picker}
        className="hidden"
        type="file"
        aria-label="Choose photos"
        tabIndex={-1}
        multiple
        accept={IMAGE_TYPES.join(',')}
        disabled={isDisabled}
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = ''; // so that the same file can be chosen again
        }}
      />
      <p className="quiet">
        or drop them anywhere · JPEG, PNG, GIF, WebP up to 10 MB · where they were taken is removed
      </p>
      {isOver && (
        <div className="drop-zone" aria-hidden="true">
          {isDisabled ? 'Photos cannot be added right now' : 'Drop to add'}
        </div>
      )}
    </div>
  );
}
