import { cityOf } from '../regions/names.ts';
import { useServices } from '../services.ts';
import type { Receipt } from '../writes/receipts.ts';
import { Icon } from './Icon.tsx';

/** A write that is in one Region only, as far as is known. */
export function Badge({ receipt }: { receipt: Receipt }) {
  const { config } = useServices();
  if (receipt.copiedAtMs !== null) return null;
  return (
    <span className="badge" data-testid="badge" data-held-up={receipt.wasHeldUp}>
      <Icon name={receipt.wasHeldUp ? 'warning' : 'clock'} size={14} /> Only in {cityOf(config[receipt.side].region)}
    </span>
  );
}
