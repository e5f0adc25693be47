// Secure Remote Password (RFC 5054) as Cognito's USER_SRP_AUTH speaks it: the password never leaves the page.
import { concat, fromBase64, fromHex, hmac, sha256, toBase64, toHex, utf8 } from './bytes.js';

// the 3072-bit group of RFC 5054
const N = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B' +
  '302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6' +
  '49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D' +
  '670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718' +
  '3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D' +
  'B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C' +
  'BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF',
);
const G = 2n;

const mod = (value) => ((value % N) + N) % N;
const toNumber = (bytes) => BigInt('0x' + toHex(bytes));

function power(base, exponent) {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % N;
    square = (square * square) % N;
  }
  return result;
}

// a positive big-endian number: whole bytes, and a zero byte where the first bit would make it negative
function padded(number) {
  let hex = number.toString(16);
  if (hex.length % 2) hex = '0' + hex;
  return fromHex(/^[89a-f]/.test(hex) ? '00' + hex : hex);
}

export function startSrp() {
  const secret = toNumber(crypto.getRandomValues(new Uint8Array(128)));
  return { secret, public: power(G, secret) };
}

// 'Mon Nov 3 09:05:00 UTC 2025': English, the day without a leading zero
export function timestamp(now) {
  const [weekday, day, month, year, time] = now.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${Number(day)} ${time} UTC ${year}`;
}

// the answer to PASSWORD_VERIFIER
export async function proveSrp(srp, poolName, password, challenge, now) {
  const { USER_ID_FOR_SRP: userId, SRP_B, SALT, SECRET_BLOCK } = challenge;
  const B = BigInt('0x' + SRP_B);
  if (mod(B) === 0n) throw new Error('The user pool sent a value that SRP does not allow.');
  const k = toNumber(await sha256(concat(padded(N), padded(G))));
  const u = toNumber(await sha256(concat(padded(srp.public), padded(B))));
  const inner = await sha256(utf8(`${poolName}${userId}:${password}`));
  const x = toNumber(await sha256(concat(padded(BigInt('0x' + SALT)), inner)));
  const shared = power(B - k * power(G, x), srp.secret + u * x);
  const prk = await hmac(padded(u), padded(shared));
  const key = (await hmac(prk, concat(utf8('Caldera Derived Key'), [1]))).slice(0, 16);
  const stamp = timestamp(now);
  const signed = concat(utf8(poolName), utf8(userId), fromBase64(SECRET_BLOCK), utf8(stamp));
  return {
    USERNAME: userId,
    PASSWORD_CLAIM_SECRET_BLOCK: SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: toBase64(await hmac(key, signed)),
    TIMESTAMP: stamp,
  };
}
