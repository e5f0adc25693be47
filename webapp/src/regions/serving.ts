// Which Region writes, which one this page uses, and what its user must know. Pure: answers in, what to show out.
import type { Config, Side } from '../backend/config.ts';
import type { StateRecord } from '../backend/state.ts';
import type { Answer, Health } from './health.ts';
import { reachOf, UNKNOWN, withAnswer } from './health.ts';
import { cityOf } from './names.ts';

export interface Serving {
  /** Where this page reads and writes; null until enough is known. */
  side: Side | null;
  /** The newest record of all answers. */
  record: StateRecord | null;
  health: Readonly<Record<Side, Health>>;
  /** Go to the writable Region without being asked. */
  isFollowing: boolean;
  /** The Region that writes has had its time to answer first. */
  isStarted: boolean;
  /** The browser has no network: nothing is known of the Regions. */
  isOffline: boolean;
  /** No Region can be asked: the credentials have expired and cannot be renewed. */
  isSignInLost: boolean;
  /** Until when requests can be signed without the sign-in service; null if nobody is signed in. */
  sessionUntilMs: number | null;
}

export type Role = 'checking' | 'writable' | 'standby' | 'moving' | 'lost';

export interface Banner {
  kind: 'offline' | 'fenced' | 'moved' | 'region-lost' | 'standby-lost' | 'unreachable' | 'sign-in-region';
  text: string;
  /** The Region that the user can switch to. */
  to?: Side;
}

export const SIDES = ['primary', 'secondary'] as const;

export const otherOf = (side: Side): Side => (side === 'primary' ? 'secondary' : 'primary');

export function opening(isFollowing: boolean): Serving {
  return {
    side: null,
    record: null,
    health: { primary: UNKNOWN, secondary: UNKNOWN },
    isFollowing,
    isStarted: false,
    isOffline: false,
    isSignInLost: false,
    sessionUntilMs: null,
  };
}

/** Apply a Region's answer. An isolated Region may return an old record, so the highest epoch counts. */
export function learn(before: Serving, side: Side, answer: Answer, config: Config): Serving {
  const { record } = answer;
  const isNewer = record && record.epoch >= (before.record?.epoch ?? 0);
  return placed(
    {
      ...before,
      record: isNewer ? record : before.record,
      health: { ...before.health, [side]: withAnswer(before.health[side], answer) },
      isSignInLost: false,
    },
    config,
  );
}

/** With the Region that this page should use. */
export function placed(serving: Serving, config: Config): Serving {
  const { side, isFollowing, isStarted } = serving;
  if (side && !isFollowing) return serving;
  const answers = (one: Side) => reachOf(serving.health[one]) === 'answers';
  const wanted = writableSide(serving, config) ?? side ?? 'primary';
  if (answers(wanted)) return { ...serving, side: wanted };
  const isLost = reachOf(serving.health[side ?? wanted]) === 'lost';
  // nothing better: read from the Region that answers
  if (answers(otherOf(wanted)) && (isLost || (!side && isStarted))) return { ...serving, side: otherOf(wanted) };
  return isLost && !side ? { ...serving, side: wanted } : serving;
}

/** The Region that the newest record calls writable; null while fenced, or if nothing is known. */
export function writableSide({ record }: Serving, config: Config): Side | null {
  return SIDES.find((side) => config[side].region === record?.writableRegion) ?? null;
}

/** Whether this page may send a write. */
export function mayWrite(serving: Serving, config: Config): boolean {
  const { side, isOffline, isSignInLost } = serving;
  if (!side || isOffline || isSignInLost) return false;
  return writableSide(serving, config) === side && reachOf(serving.health[side]) !== 'lost';
}

export function roleOf(serving: Serving, side: Side, config: Config): Role {
  if (serving.isOffline || serving.isSignInLost) return 'checking';
  const reach = reachOf(serving.health[side]);
  if (reach !== 'answers' || !serving.record) return reach === 'lost' ? 'lost' : 'checking';
  const writable = writableSide(serving, config);
  if (!writable) return 'moving';
  return writable === side ? 'writable' : 'standby';
}

/** The most important thing that the user must know. */
export function bannerOf(serving: Serving, config: Config): Banner | null {
  const { side, record, isOffline, isSignInLost, sessionUntilMs } = serving;
  const name = (one: Side) => cityOf(config[one].region);
  const isLost = (one: Side) => reachOf(serving.health[one]) === 'lost';
  const isSignInIn = (one: Side) => config[one].region === config.uiRegion;
  const holding = sessionUntilMs === null ? '' : ` Your session holds until ${timeOf(sessionUntilMs)}.`;
  if (isOffline) {
    return {
      kind: 'offline',
      text: 'This browser is offline. What you typed is kept, and the page continues when the network is back.',
    };
  }
  if (isSignInLost) {
    return {
      kind: 'unreachable',
      text: `Your session must be renewed, but the sign-in service in ${cityOf(config.uiRegion)} does not respond. Retrying every few seconds; what you typed is kept.`,
    };
  }
  if (isLost('primary') && isLost('secondary')) {
    return {
      kind: 'unreachable',
      text: `Neither ${name('primary')} nor ${name('secondary')} responds. Retrying every few seconds; what you typed is kept.`,
    };
  }
  if (!record || !side) return null;
  const writable = writableSide(serving, config);
  if (!writable) {
    return {
      kind: 'fenced',
      text: 'Photos and comments cannot be added while the application moves, usually for a few minutes. You can still view them.',
    };
  }
  const other = otherOf(writable);
  if (side !== writable && reachOf(serving.health[writable]) === 'checking') {
    const text = `${name(writable)} has not answered yet. In ${name(other)} you can view photos, but not add any.`;
    return { kind: 'region-lost', text };
  }
  if (isLost(writable)) {
    const text = `${name(writable)} does not respond, and no other Region has taken over yet. In ${name(other)} you can view photos, but not add any.`;
    const note = isSignInIn(writable) ? holding : '';
    return { kind: 'region-lost', text: text + note, ...(side === writable && { to: other }) };
  }
  if (writable !== side) {
    return {
      kind: 'moved',
      text: `${name(writable)} has taken over. Switch to continue there; what you typed is kept.`,
      to: writable,
    };
  }
  if (!isLost(other)) return null;
  if (isSignInIn(other)) {
    return {
      kind: 'sign-in-region',
      text: `${name(other)} does not respond; the app works in ${name(side)}. New sign-ins require ${name(other)}: keep this page open and stay signed in.${holding}`,
    };
  }
  return {
    kind: 'standby-lost',
    text: `${name(other)}, the standby, does not respond. Everything works in ${name(side)}, but what is added is not copied until ${name(other)} is back.`,
  };
}

const timeOf = (ms: number): string => new Date(ms).toLocaleTimeString(undefined, { timeStyle: 'short' });
