import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joined } from './crafted.ts';
import { typeOf } from './types.ts';

const ftyp = (brand: string, ...others: string[]) =>
  joined([0, 0, 0, 16 + 4 * others.length], 'ftyp', brand, [0, 0, 0, 0], ...others);

test('a photo is known by its first bytes', () => {
  assert.equal(typeOf(joined([0xff, 0xd8, 0xff, 0xe0])), 'image/jpeg');
  assert.equal(typeOf(joined([0x89], 'PNG\r\n', [0x1a, 0x0a])), 'image/png');
  assert.equal(typeOf(joined('GIF87a')), 'image/gif');
  assert.equal(typeOf(joined('GIF89a')), 'image/gif');
  assert.equal(typeOf(joined('RIFF', [1, 2, 3, 4], 'WEBP')), 'image/webp');
});

test('what is no photo for browsers comes with advice in one line', () => {
  const advice = [
    [ftyp('heic', 'mif1'), /^HEIC photos are not shown by most browsers: export it as JPEG\.$/],
    [ftyp('mif1', 'heic'), /^HEIC/],
    [ftyp('mif1', 'avif'), /^AVIF/],
    [ftyp('avif'), /^AVIF/],
    [ftyp('isom'), /video/],
    [joined('II*\0'), /^TIFF and raw photos/],
    [joined('MM\0*'), /^TIFF and raw photos/],
    [joined([0xff, 0x0a]), /^JPEG XL/],
    [joined([0, 0, 0, 12], 'JXL '), /^JPEG XL/],
    [joined('BM'), /^BMP/],
    [joined('%PDF-1.7'), /^PDF/],
    [joined('<svg xmlns="http://www.w3.org/2000/svg">'), /^SVG drawings may contain scripts: export it as PNG\.$/],
    [joined([0xef, 0xbb, 0xbf], ' <?xml version="1.0"?>\n<!-- by hand -->\n<svg>'), /^SVG/],
  ] as const;
  for (const [bytes, problem] of advice) assert.throws(() => typeOf(bytes), { message: problem });
});

test('anything else is no photo', () => {
  for (const bytes of ['', 'G', 'GIF', 'RIFF1234WAVE', '<html><svg>', 'this is no image', '\xff\xd8']) {
    assert.throws(() => typeOf(joined(bytes)), { message: 'Not a JPEG, PNG, GIF or WebP image.' }, bytes);
  }
});
