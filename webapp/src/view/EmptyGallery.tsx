import { useState } from 'react';
import { sampleFiles } from '../samples/sampleFiles.ts';

interface Props {
  canWrite: boolean;
  onFiles: (files: File[]) => void;
}

/** What to do where there is nothing. */
export function EmptyGallery({ canWrite, onFiles }: Props) {
  const [isPainting, setIsPainting] = useState(false);
  const add = () => {
    setIsPainting(true);
    void sampleFiles().then(onFiles);
  };
  return (
    <section className="empty" aria-labelledby="empty-title">
      <h2 id="empty-title">No photos yet</h2>
      <p>Choose “Add photos”, or drop some image files anywhere on this page.</p>
      <button type="button" disabled={!canWrite || isPainting} onClick={add}>
        Add sample photos
      </button>
      <p className="quiet">Landscapes, drawn by your browser and added like any other photo.</p>
    </section>
  );
}
