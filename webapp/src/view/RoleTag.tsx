import type { Role } from '../regions/serving.ts';
import type { IconName } from './Icon.tsx';
import { Icon } from './Icon.tsx';

const WORDS: Record<Role, string> = {
  checking: 'Checking…',
  writable: 'Writable',
  standby: 'Standby',
  moving: 'Read-only: moving',
  lost: 'No answer',
};
const SIGNS: Record<Role, IconName> = {
  checking: 'question',
  writable: 'pen',
  standby: 'ring',
  moving: 'pause',
  lost: 'cross',
};

/** What a Region does, in a word and a sign. */
export function RoleTag({ role }: { role: Role }) {
  return (
    <span className="role" data-role={role}>
      <Icon name={SIGNS[role]} size={18} />
      {WORDS[role]}
    </span>
  );
}
