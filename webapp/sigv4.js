// A GET signed with AWS Signature Version 4 for API Gateway. Paths and queries must need no encoding.
import { hmac, sha256, toHex, utf8 } from './bytes.js';

export async function signedHeaders(url, region, credentials, now) {
  const { host, pathname } = new URL(url);
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
  const names = 'host;x-amz-date;x-amz-security-token';
  const request = [
    'GET', pathname, '',
    `host:${host}`, `x-amz-date:${time}`, `x-amz-security-token:${credentials.SessionToken}`, '',
    names, toHex(await sha256(utf8(''))),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, toHex(await sha256(utf8(request)))].join('\n');
  let key = utf8(`AWS4${credentials.SecretKey}`);
  for (const part of scope.split('/')) key = await hmac(key, utf8(part));
  const signature = toHex(await hmac(key, utf8(text)));
  return {
    authorization:
      `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    'x-amz-date': time,
    'x-amz-security-token': credentials.SessionToken,
  };
}
