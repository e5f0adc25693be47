// Reads the application state from a Region's routing layer.
import type { Config, Place } from './config.ts';
import { NotRenewed, SignedOut } from './errors.ts';
import { callApi } from './http.ts';
import { credentials } from './session.ts';

/** The application state as a Region's routing layer knows it. */
export interface StateRecord {
  state: 'active' | 'fenced' | 'failover';
  writableRegion: string;
  epoch: number;
  updatedAt?: string;
}

/** More than twice a latency of 3 s: a browser asks for permission first (CORS), then for the state. */
const TIMEOUT_MS = 7_000;

/** A Region's state record; null if it does not respond or does not know the application. */
export async function askRegion(config: Config, place: Place): Promise<StateRecord | null> {
  try {
    const url = `${place.routingLayerUrl}/state/${config.appId}`;
    const call = { timeoutMs: TIMEOUT_MS };
    const record = await callApi<Partial<StateRecord>>(await credentials(), place.region, 'GET', url, call);
    const isKnown = ['active', 'fenced', 'failover'].includes(record.state ?? '') && typeof record.epoch === 'number';
    return isKnown ? (record as StateRecord) : null;
  } catch (error) {
    if (error instanceof SignedOut || error instanceof NotRenewed) throw error;
    return null;
  }
}
