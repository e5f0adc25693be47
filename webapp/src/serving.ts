// Which Region serves, which is writable, and what the user must know. Pure: answers in, what to show out.
import type { Config, Side } from './backend/config.ts';

/** The application state as a Region's routing layer knows it. */
export interface StateRecord {
  state: 'active' | 'fenced' | 'failover';
  writableRegion: string;
  epoch: number;
}

/** Each Region's answer: its record, null if it did not respond, undefined if it was not asked. */
export interface RegionAnswers {
  primary: StateRecord | null;
  secondary: StateRecord | null | undefined;
}

export interface Serving {
  /** Where the app reads and writes; changes only when the user switches. */
  side: Side;
  /** The newest record of all answers; null if no Region responded. */
  record: StateRecord | null;
  answers: { primary: boolean; secondary: boolean | undefined };
  /** No Region can be asked: the credentials have expired and cannot be renewed. */
  isSignInLost?: boolean;
}

export interface Banner {
  kind: 'fenced' | 'moved' | 'region-lost' | 'unreachable' | 'sign-in-region';
  text: string;
  /** The Region that the user can switch to. */
  to?: Side;
}

/** Apply new answers. An isolated Region may return an old record, so the highest epoch counts. */
export function learn(before: Serving | null, found: RegionAnswers, config: Config): Serving {
  const records = [found.primary, found.secondary].filter((record) => !!record);
  const record = records.length ? records.reduce((a, b) => (b.epoch > a.epoch ? b : a)) : null;
  const answers = { primary: !!found.primary, secondary: found.secondary === undefined ? undefined : !!found.secondary };
  if (before) return { side: before.side, record, answers };
  const writable = record && sideOf(record.writableRegion, config);
  const side = writable === 'secondary' || !answers.primary && answers.secondary ? 'secondary' : 'primary';
  return { side, record, answers };
}

/** Whether the secondary must be asked too: the primary gave no answer, or an outdated one. */
export function needsSecondary(before: Serving | null, primary: StateRecord | null): boolean {
  return !primary || primary.epoch < (before?.record?.epoch ?? 0);
}

export function mayWrite({ side, record, answers }: Serving, config: Config): boolean {
  return record?.writableRegion === config[side].region && answers[side] !== false;
}

/** The most important thing that the user must know. */
export function bannerOf({ side, record, answers, isSignInLost }: Serving, config: Config): Banner | null {
  const here = config[side].region;
  const primary = config.primary.region;
  if (isSignInLost) {
    return {
      kind: 'unreachable',
      text: `Your session must be renewed, but the sign-in service in ${config.uiRegion} does not respond. Retrying every few seconds; what you typed is kept.`,
    };
  }
  if (!record) {
    return {
      kind: 'unreachable',
      text: `Neither ${primary} nor ${config.secondary.region} responds. Retrying every few seconds; what you typed is kept.`,
    };
  }
  const writable = sideOf(record.writableRegion, config);
  if (!writable) {
    return {
      kind: 'fenced',
      text: 'Photos and comments cannot be added for a few minutes while the application moves. You can still view them.',
    };
  }
  if (answers[writable] === false) {
    const other = writable === 'primary' ? 'secondary' : 'primary';
    const text = `${config[writable].region} does not respond, and no other Region has taken over yet. In ${config[other].region} you can view photos, but not add any.`;
    return { kind: 'region-lost', text, ...(side === writable && { to: other }) };
  }
  if (writable !== side) {
    return { kind: 'moved', text: `The application has moved to ${config[writable].region}. Switch to continue there; what you typed is kept.`, to: writable };
  }
  if (!answers.primary) {
    return {
      kind: 'sign-in-region',
      text: `${primary} does not respond; the app works in ${here}. This site and new sign-ins require ${primary}: keep this page open and stay signed in.`,
    };
  }
  return null;
}

/** The state in one word, for the header. */
export function labelOf({ record }: Serving): string {
  return { active: 'Active', fenced: 'Fenced', failover: 'Failover', unknown: 'Unknown' }[record?.state ?? 'unknown'];
}

function sideOf(region: string, config: Config): Side | null {
  if (region === config.primary.region) return 'primary';
  return region === config.secondary.region ? 'secondary' : null;
}
