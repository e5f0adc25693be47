// An S3 that keeps objects in memory and does nothing else: quick enough not to be what is measured.
// It takes only what an upload, a listing and the checks before them ask, whoever signed; `LATENCY_MS` delays each answer.
// Prints its port when it listens; ends with its standard input.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';

const latency = Number(process.env.LATENCY_MS ?? 0);
const buckets = new Map();
let requests = 0;

const xml = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
const escaped = (key) => encodeURIComponent(key).replaceAll('%2F', '/');

function listed(name, query) {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const all = [...buckets.get(name).keys()].filter((key) => key.startsWith(prefix) && key > after).sort();
  const page = all.slice(0, 1000);
  const next = all.length > page.length ? page.at(-1) : '';
  const encode = query.get('encoding-type') === 'url' ? escaped : xml;
  const contents = page.map((key) => {
    const { etag, size, modified } = buckets.get(name).get(key);
    return `<Contents><Key>${encode(key)}</Key><LastModified>${modified}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${name}</Name><Prefix>${encode(prefix)}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>${Boolean(next)}</IsTruncated>${next && `<NextContinuationToken>${xml(next)}</NextContinuationToken>`}${contents.join('')}</ListBucketResult>`;
}

// `aws-chunked`: each chunk is preceded by its length in hexadecimal, the trailer follows the empty one
function unchunked(body) {
  const parts = [];
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at);
    const length = parseInt(body.toString('latin1', at, end), 16);
    if (!length) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

const IDENTITY =
  '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/bench</Arn><UserId>AIDABENCH</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';

function answer(request, body) {
  const url = new URL(request.url, 'http://sink');
  if (url.pathname === '/-/requests') return [200, {}, String(requests)];
  requests += 1;
  const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
  const key = rest.join('/');
  const { method, headers } = request;
  if (!name) return [200, { 'content-type': 'text/xml' }, IDENTITY];
  if (!key && method === 'PUT') {
    if (!url.search) buckets.set(name, new Map());
    return [200, {}, ''];
  }
  const bucket = buckets.get(name);
  if (!bucket) return [404, {}, method === 'HEAD' ? '' : '<Error><Code>NoSuchBucket</Code></Error>'];
  if (!key && method === 'HEAD') return [200, { 'x-amz-bucket-region': name.split('-').slice(1).join('-') }, ''];
  if (!key) return [200, { 'content-type': 'application/xml' }, listed(name, url.searchParams)];
  if (method === 'PUT') {
    const content = (headers['content-encoding'] ?? '').includes('aws-chunked') ? unchunked(body) : body;
    const etag = createHash('md5').update(content).digest('hex');
    const sha256 = headers['x-amz-checksum-sha256'];
    if (sha256 && createHash('sha256').update(content).digest('base64') !== sha256)
      return [400, {}, '<Error><Code>BadDigest</Code></Error>'];
    bucket.set(key, { etag, size: content.length, sha256, modified: new Date().toISOString() });
    return [200, { etag: `"${etag}"`, ...(sha256 && { 'x-amz-checksum-sha256': sha256 }) }, ''];
  }
  const object = bucket.get(key);
  if (method !== 'HEAD' || !object) return [404, {}, ''];
  const { etag, size, sha256 } = object;
  return [200, { etag: `"${etag}"`, 'content-length': size, ...(sha256 && { 'x-amz-checksum-sha256': sha256 }) }, ''];
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const [status, headers, body] = answer(request, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
    const send = () => {
      response.writeHead(status, { 'x-amz-request-id': 'SINK', 'content-length': Buffer.byteLength(body), ...headers });
      response.end(body);
    };
    if (latency) setTimeout(send, latency);
    else send();
  });
});
server.keepAliveTimeout = 60_000;
server.on('checkContinue', (request, response) => {
  response.writeContinue();
  server.emit('request', request, response);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
