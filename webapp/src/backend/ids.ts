let lastMs = 0;

/** A time-ordered UUID (RFC 9562, version 7): the order of ids is the order of creation, within a millisecond too. */
export function uuid7(nowMs: number = Date.now()): string {
  lastMs = nowMs = Math.max(nowMs, lastMs + 1);
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 5, rest = nowMs; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
