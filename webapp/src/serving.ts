// Which Region serves, who may write, and what the user must be told. Pure: what was learned in, what to show out.
import type { Config, Side } from './backend/config.ts';

/** The application state as a Region's routing layer knows it. */
export interface StateRecord {
  state: 'active' | 'fenced' | 'failover';
  writableRegion: string;
  epoch: number;
}

/** What each Region answered: its record, null when it did not answer, undefined when it was not asked. */
export interface Look {
  primary: StateRecord | null;
  secondary: StateRecord | null | undefined;
}

export interface Serving {
  /** Where the app reads and writes; it changes only when the user wants it. */
  side: Side;
  /** The newest record that was answered; null when no Region answered. */
  record: StateRecord | null;
  answers: { primary: boolean; secondary: boolean | undefined };
  /** Nothing can be asked: the credentials have expired, and cannot be renewed. */
  isSignInLost?: boolean;
}

export interface Banner {
  kind: 'fenced' | 'moved' | 'region-lost' | 'unreachable' | 'sign-in-region';
  text: string;
  /** Where a click can take the app. */
  to?: Side;
}

/** Take in a new look. A Region cut off may answer with an old record, so the highest epoch counts. */
export function learn(before: Serving | null, look: Look, config: Config): Serving {
  const found = [look.primary, look.secondary].filter((record) => !!record);
  const record = found.length ? found.reduce((a, b) => (b.epoch > a.epoch ? b : a)) : null;
  const answers = { primary: !!look.primary, secondary: look.secondary === undefined ? undefined : !!look.secondary };
  if (before) return { side: before.side, record, answers };
  const writable = record && sideOf(record.writableRegion, config);
  const side = writable === 'secondary' || !answers.primary && answers.secondary ? 'secondary' : 'primary';
  return { side, record, answers };
}

/** Whether the primary's answer cannot be the last word. */
export function needsSecondary(before: Serving | null, primary: StateRecord | null): boolean {
  return !primary || primary.epoch < (before?.record?.epoch ?? 0);
}

export function mayWrite({ side, record, answers }: Serving, config: Config): boolean {
  return record?.writableRegion === config[side].region && answers[side] !== false;
}

/** What the user must know, the most important thing alone. */
export function bannerOf({ side, record, answers, isSignInLost }: Serving, config: Config): Banner | null {
  const here = config[side].region;
  const primary = config.primary.region;
  if (isSignInLost) {
    return {
      kind: 'unreachable',
      text: `Your sign-in has to be renewed, and ${config.uiRegion}, where that is done, does not answer. Trying again every few seconds; what you typed is kept.`,
    };
  }
  if (!record) {
    return {
      kind: 'unreachable',
      text: `Neither ${primary} nor ${config.secondary.region} answers. Trying again every few seconds; what you typed is kept.`,
    };
  }
  const writable = sideOf(record.writableRegion, config);
  if (!writable) {
    return {
      kind: 'fenced',
      text: 'Photos and comments cannot be added for a few minutes: the application is being moved. Looking at them goes on.',
    };
  }
  if (answers[writable] === false) {
    const other = writable === 'primary' ? 'secondary' : 'primary';
    const text = `${config[writable].region} does not answer, and no other Region has taken over yet. Photos can be looked at in ${config[other].region}, but not added.`;
    return { kind: 'region-lost', text, ...(side === writable && { to: other }) };
  }
  if (writable !== side) {
    return { kind: 'moved', text: `The application has moved to ${config[writable].region}. Switch to go on there; what you typed is kept.`, to: writable };
  }
  if (!answers.primary) {
    return {
      kind: 'sign-in-region',
      text: `${primary} does not answer; the app works in ${here}. This site and new sign-ins need ${primary}: keep this page open and stay signed in.`,
    };
  }
  return null;
}

/** The state in one word, for the header. */
export function wordOf({ record }: Serving): string {
  return { active: 'Active', fenced: 'Fenced', failover: 'Failover', unknown: 'Unknown' }[record?.state ?? 'unknown'];
}

function sideOf(region: string, config: Config): Side | null {
  if (region === config.primary.region) return 'primary';
  return region === config.secondary.region ? 'secondary' : null;
}
