import { useState } from 'react';
import type { Photo } from '../backend/photos.ts';
import { useServices } from '../services.ts';
import { Icon } from './Icon.tsx';

interface Props {
  photo: Photo;
  canWrite: boolean;
  onDeleted: () => void;
}

/** Deletes the user's own photo, after asking. */
export function DeletePhoto({ photo, canWrite, onDeleted }: Props) {
  const { deletions } = useServices();
  const [step, setStep] = useState<'offered' | 'asking' | 'deleting'>('offered');
  const [problem, setProblem] = useState('');
  const remove = () => {
    setStep('deleting');
    setProblem('');
    deletions.delete(photo).then(onDeleted, (error: Error) => {
      setProblem(error.message);
      setStep('asking');
    });
  };

  if (step === 'offered') {
    return (
      <div className="delete">
        {!canWrite && (
          <span id="delete-reason" className="quiet">
            Nothing can be deleted right now.
          </span>
        )}
        <button
          type="button"
          disabled={!canWrite}
          aria-describedby={canWrite ? undefined : 'delete-reason'}
          onClick={() => setStep('asking')}
        >
          <Icon name="bin" size={18} /> Delete
        </button>
      </div>
    );
  }
  return (
    <div
      className="delete"
      role="group"
      aria-labelledby="delete-question"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault(); // closes the question, not the photo
        setStep('offered');
      }}
    >
      {problem && (
        <span className="problem" role="alert">
          {problem}
        </span>
      )}
      <b id="delete-question">Delete for everyone?</b>
      <button type="button" className="danger" disabled={!canWrite || step === 'deleting'} onClick={remove}>
        {step === 'deleting' ? 'Deleting…' : 'Delete'}
      </button>
      <button type="button" autoFocus onClick={() => setStep('offered')}>
        Keep
      </button>
    </div>
  );
}
