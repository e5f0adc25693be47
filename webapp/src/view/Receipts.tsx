import { useState } from 'react';
import type { Serving } from '../regions/serving.ts';
import { useServices } from '../services.ts';
import type { Fate, Receipt } from '../writes/receipts.ts';
import { fateOf, idOf, isOutOfReach, textOf } from '../writes/receipts.ts';
import { canSendAgain, sendAgain } from '../writes/sendAgain.ts';
import type { IconName } from './Icon.tsx';
import { Icon } from './Icon.tsx';
import { useNow } from './useNow.ts';
import { useStore } from './useStore.ts';

const SIGNS: Record<Fate, IconName> = {
  copied: 'check',
  copying: 'clock',
  paused: 'pause',
  'cut-off': 'warning',
  stranded: 'warning',
  missing: 'warning',
};

/** What became of the user's own writes, newest first. */
export function Receipts({ serving, isReady }: { serving: Serving; isReady: boolean }) {
  const services = useServices();
  const receipts = useStore(services.receipts.receipts);
  const nowMs = useNow();
  return (
    <section className="receipts" aria-labelledby="receipts-title">
      <h2 id="receipts-title">Your writes</h2>
      {receipts.some((receipt) => isOutOfReach(fateOf(receipt, serving, services.config, nowMs))) && (
        <p className="quiet">
          What was not copied is kept in the Region that does not respond, and is copied once it is back: nothing to do.
        </p>
      )}
      {receipts.length ? (
        <ol aria-label="Your writes">
          {receipts.toReversed().map((receipt) => {
            const fate = fateOf(receipt, serving, services.config, nowMs);
            return (
              <li key={idOf(receipt)} data-receipt={fate}>
                <Icon name={SIGNS[fate]} size={18} />
                <p>
                  <b dir="auto">{nameOf(receipt)}</b> {textOf(receipt, fate, services.config)}
                </p>
                {fate === 'missing' && canSendAgain(services, receipt) && (
                  <SendAgain receipt={receipt} isReady={isReady} />
                )}
              </li>
            );
          })}
        </ol>
      ) : (
        <p className="quiet">None yet.</p>
      )}
    </section>
  );
}

function SendAgain({ receipt, isReady }: { receipt: Receipt; isReady: boolean }) {
  const services = useServices();
  const [problem, setProblem] = useState('');
  const again = () => {
    sendAgain(services, receipt).catch((error: Error) => setProblem(error.message));
  };
  return (
    <>
      <button type="button" disabled={!isReady} onClick={again}>
        Send again
      </button>
      {problem && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function nameOf(receipt: Receipt): string {
  if (receipt.kind === 'photo') return receipt.photo.title;
  const { message } = receipt.comment;
  return `“${message.length > 40 ? `${message.slice(0, 40)}…` : message}”`;
}
