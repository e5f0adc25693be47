import type { SubmitEvent } from 'react';
import { useId, useState } from 'react';
import { hasText } from '../backend/limits.ts';
import { useServices } from '../services.ts';
import { takenText } from '../writes/failures.ts';
import { useStore } from './useStore.ts';

/** Asks for another display name where the user's belongs to somebody else; what waits for it then goes by itself. */
export function NameForm() {
  const { name } = useServices();
  const taken = useStore(name);
  const [text, setText] = useState('');
  const id = useId();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    name.choose(text);
  };
  const isReady = hasText(text) && text.trim() !== taken;
  return (
    <form className="name-form" onSubmit={submit}>
      <label htmlFor={id}>{takenText(taken)} Choose another one:</label>
      <input
        id={id}
        dir="auto"
        autoComplete="nickname"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="primary" disabled={!isReady}>
        Use this name
      </button>
    </form>
  );
}
