// Reads the application state from the routing layers.
import type { StateRecord, RegionAnswers, Serving } from '../serving.ts';
import { needsSecondary } from '../serving.ts';
import type { Config, Place } from './config.ts';
import { callApi } from './http.ts';
import { credentials, NotRenewed, SignedOut } from './session.ts';

const TIMEOUT_MS = 2_000;

/** A Region's state record; null if it does not respond or does not know the application. */
export async function askRegion(config: Config, place: Place): Promise<StateRecord | null> {
  try {
    const url = `${place.routingLayerUrl}/state/${config.appId}`;
    const record = await callApi<Partial<StateRecord>>(await credentials(), place.region, 'GET', url, undefined, TIMEOUT_MS);
    const isKnown = ['active', 'fenced', 'failover'].includes(record.state ?? '') && typeof record.epoch === 'number';
    return isKnown ? (record as StateRecord) : null;
  } catch (error) {
    if (error instanceof SignedOut || error instanceof NotRenewed) throw error;
    return null;
  }
}

/** Ask the primary Region, and the secondary if the primary's answer is not enough. */
export async function readState(config: Config, before: Serving | null): Promise<RegionAnswers> {
  // if a Region did not respond last time, ask both at once instead of waiting for it
  if (before && (!before.answers.primary || before.side === 'secondary')) {
    const [primary, secondary] = await Promise.all([askRegion(config, config.primary), askRegion(config, config.secondary)]);
    return { primary, secondary };
  }
  const primary = await askRegion(config, config.primary);
  const secondary = needsSecondary(before, primary) ? await askRegion(config, config.secondary) : undefined;
  return { primary, secondary };
}
