// The back end's configuration, written by the console deployer; its schema is docs/schemas/ui-config.schema.json.

/** A Region and its endpoints. */
export interface Place {
  region: string;
  routingLayerUrl: string;
  photosUrl: string;
  objectStoreUrl: string;
}

export type Side = 'primary' | 'secondary';

export interface Config {
  appId: string;
  userPoolId: string;
  userPoolClientId: string;
  identityPoolId: string;
  uiRegion: string;
  userPoolEndpoint: string;
  identityPoolEndpoint: string;
  primary: Place;
  secondary: Place;
}

const TEXTS = ['appId', 'userPoolId', 'userPoolClientId', 'identityPoolId', 'uiRegion'] as const;
const ENDPOINTS = ['userPoolEndpoint', 'identityPoolEndpoint'] as const;
const URLS = ['routingLayerUrl', 'photosUrl', 'objectStoreUrl'] as const;

/** The configuration, or an error that names what is wrong with it. */
export function parseConfig(document: unknown): Config {
  const config = record(document, 'the document');
  if (config['schemaVersion'] !== 1) throw new Error('schemaVersion is not 1');
  for (const name of TEXTS) requireText(config, name);
  for (const name of ENDPOINTS) requireUrl(config, name);
  for (const side of ['primary', 'secondary']) {
    const place = record(config[side], side);
    requireText(place, 'region');
    for (const name of URLS) requireUrl(place, name);
  }
  return config as unknown as Config;
}

/** Read `uiConfig.json` beside the page. */
export async function readConfig(): Promise<Config> {
  const answer = await fetch('./uiConfig.json', { cache: 'no-store' });
  if (!answer.ok) throw new Error(`the site returned ${answer.status}`);
  return parseConfig(await answer.json());
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`${name} is missing`);
  return value as Record<string, unknown>;
}

function requireText(values: Record<string, unknown>, name: string): void {
  if (typeof values[name] !== 'string' || values[name] === '') throw new Error(`${name} is missing`);
}

function requireUrl(values: Record<string, unknown>, name: string): void {
  requireText(values, name);
  if (!/^https?:\/\/[^?#\s]+$/.test(values[name] as string)) throw new Error(`${name} is not a URL`);
}
