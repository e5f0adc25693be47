/** State records of early versions do not say how many fences there are. */
export const DEFAULT_FENCES = 64;
export const FENCES_LIMIT = 1024;

/** `<AppId>#fence#00` and on, in hexadecimal. */
export function fenceId(appId: string, number: number): string {
  return `${appId}#fence#${number.toString(16).padStart(2, '0')}`;
}
