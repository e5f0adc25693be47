import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { Unreadable } from './unreadable.ts';
import type { Bytes } from './bytes.ts';
import {
  big16,
  big32,
  chunk,
  exif,
  includes,
  joined,
  jpeg,
  little32,
  png,
  riffChunk,
  scan,
  segment,
  webp,
} from './crafted.ts';
import { orientationOf } from './exif.ts';
import { stripped } from './stripping.ts';

const XMP = 'http://ns.adobe.com/xap/1.0/\0<exif:GPSLatitude>SECRET';
const JFIF = segment(0xe0, 'JFIF\0', [1, 1, 0, 0, 1, 0, 1, 0, 0]);
const ICC = segment(0xe2, 'ICC_PROFILE\0', [1, 1], 'colours');

const bytesOf = (file: Bytes): Bytes => joined(...stripped(file).parts);

function strips(file: Bytes, expected: Bytes): void {
  const bytes = bytesOf(file);
  assert.deepEqual(bytes, expected);
  assert.equal(includes(bytes, 'SECRET'), false);
}
const refuses = (file: Bytes) => assert.throws(() => stripped(file), Unreadable);

/** The minimal Exif that only has an orientation. */
const upright = (orientation: number) =>
  joined('MM', big16(42), big32(8), big16(1), big16(0x0112), big16(3), big32(1), big16(orientation), [0, 0], big32(0));

test('of a JPEG the position goes, orientation, colours and pixels stay', () => {
  for (const isLittle of [false, true]) {
    strips(
      jpeg(
        JFIF,
        segment(0xe1, 'Exif\0\0', exif(6, isLittle)),
        segment(0xe1, XMP),
        ICC,
        segment(0xed, 'Photoshop 3.0\0SECRET'),
        segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1]),
        segment(0xfe, 'SECRET'),
      ),
      jpeg(JFIF, segment(0xe1, 'Exif\0\0', upright(6)), ICC, segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1])),
    );
  }
});

test('a JPEG that lies upright needs no Exif', () => {
  strips(jpeg(segment(0xe1, 'Exif\0\0', exif(1))), jpeg());
});

test('what follows a JPEG goes: second pictures and videos have positions of their own', () => {
  const second = segment(0xe2, 'MPF\0SECRET');
  strips(joined(jpeg(JFIF, second), jpeg(segment(0xe1, 'Exif\0\0', exif(6))), 'SECRET'), jpeg(JFIF));
});

test('a JPEG with bytes to fill before its markers is read', () => {
  const filled = joined([0xff, 0xd8, 0xff, 0xff], JFIF, segment(0xfe, 'SECRET'), scan, [0xff, 0xff, 0xd9]);
  assert.equal(includes(bytesOf(filled), 'SECRET'), false);
  assert.equal(includes(bytesOf(filled), 'JFIF'), true);
});

test('a JPEG that is cut off, or lies about a length, is refused', () => {
  const whole = jpeg(JFIF, segment(0xe1, 'Exif\0\0', exif(6)));
  for (let length = 3; length < whole.length; length++) refuses(whole.slice(0, length));
  refuses(joined([0xff, 0xd8, 0xff, 0xe1], big16(0xffff), 'Exif\0\0SECRET'));
  refuses(joined([0xff, 0xd8, 0xff, 0xe1], big16(1), scan, [0xff, 0xd9]));
  refuses(joined([0xff, 0xd8, 0xff, 0xe0], big16(4), 'ABCDEF', scan, [0xff, 0xd9]));
});

test('of a PNG the position and all texts go, colours and frames stay', () => {
  const kept = [chunk('sRGB', [0]), chunk('acTL', [0, 0, 0, 2]), chunk('IDAT', 'pixels'), chunk('fdAT', 'more')];
  const file = png(
    ...kept.slice(0, 2),
    chunk('eXIf', exif(8)),
    chunk('iTXt', 'XML:com.adobe.xmp\0SECRET'),
    chunk('tEXt', 'Comment\0SECRET'),
    chunk('prVt', 'SECRET'),
    ...kept.slice(2),
  );
  const small = joined('eXIf', upright(8));
  const small32 = joined(big32(small.length - 4), small, big32(crc32(small)));
  strips(joined(file, 'SECRET'), png(...kept.slice(0, 2), small32, ...kept.slice(2)));
});

test('a PNG that is cut off, or lies about a length, is refused', () => {
  const whole = png(chunk('eXIf', exif(8)), chunk('IDAT', 'pixels'));
  for (let length = 8; length < whole.length; length++) refuses(whole.slice(0, length));
  refuses(png(joined(big32(0xffffffff), 'eXIf', exif(8))));
  refuses(png(joined(big32(0), [0, 1, 2, 3], big32(0))));
  refuses(joined(png().slice(0, 8), chunk('IDAT', 'pixels'), chunk('IEND')));
});

test('of a WebP the position goes, colours, transparency and frames stay', () => {
  const flags = (value: number) => riffChunk('VP8X', [value, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const kept = [riffChunk('ICCP', 'colours'), riffChunk('ALPH', 'seen'), riffChunk('VP8 ', 'pixel')];
  const others = [riffChunk('EXIF', exif(3)), riffChunk('XMP ', 'SECRET'), riffChunk('mine', 'SECRET')];
  strips(
    joined(webp(flags(0x3c), ...kept, ...others), 'SECRET'),
    webp(flags(0x38), ...kept, riffChunk('EXIF', upright(3))),
  );
  strips(webp(flags(0x0e), ...kept, riffChunk('EXIF', 'Exif\0\0', exif(1))), webp(flags(0x02), ...kept));
  strips(webp(riffChunk('VP8L', 'pixels')), webp(riffChunk('VP8L', 'pixels')));
});

test('a WebP that is cut off, or lies about a length, is refused', () => {
  const whole = webp(riffChunk('VP8X', [8, 0, 0, 0, 0, 0, 0, 0, 0, 0]), riffChunk('EXIF', exif(3)));
  for (let length = 12; length < whole.length; length++) refuses(whole.slice(0, length));
  refuses(webp(joined('EXIF', little32(0xffffffff), exif(3))));
  refuses(webp(riffChunk('VP8X', [8])));
  refuses(webp());
});

test('a still picture is told from one that moves', () => {
  const moves = (file: Bytes) => stripped(file).isAnimated;
  assert.equal(moves(jpeg()), false);
  assert.equal(moves(png(chunk('IDAT'))), false);
  assert.equal(moves(png(chunk('acTL'), chunk('IDAT'))), true);
  assert.equal(moves(webp(riffChunk('VP8 '))), false);
  assert.equal(moves(webp(riffChunk('VP8X', [2, 0, 0, 0, 0, 0, 0, 0, 0, 0]), riffChunk('ANMF'))), true);
  assert.equal(moves(joined('GIF89a', [0])), true);
});

test('the content decides the type, and a GIF is left as it is', () => {
  assert.equal(stripped(jpeg()).type, 'image/jpeg');
  assert.equal(stripped(png(chunk('IDAT'))).type, 'image/png');
  assert.equal(stripped(webp(riffChunk('VP8 '))).type, 'image/webp');
  const gif = joined('GIF87a', [1, 2, 3]);
  assert.deepEqual([stripped(gif).type, bytesOf(gif)], ['image/gif', gif]);
});

test('an orientation that nobody understands is none', () => {
  assert.equal(orientationOf(exif(6)), 6);
  assert.equal(orientationOf(exif(5, true)), 5);
  for (const value of [0, 9, 65_535]) assert.equal(orientationOf(exif(value)), 1);
  const whole = exif(6);
  for (let length = 0; length < whole.length; length++)
    assert.ok([1, 6].includes(orientationOf(whole.slice(0, length))));
  assert.equal(orientationOf(joined('MM', big16(42), big32(0xfffffff0))), 1);
  assert.equal(orientationOf(joined('MM', big16(42), big32(8), big16(0xffff))), 1);
});

test('whichever byte of a file is wrong, it is read or refused', () => {
  const files = [
    jpeg(JFIF, segment(0xe1, 'Exif\0\0', exif(6)), ICC),
    png(chunk('eXIf', exif(8)), chunk('IDAT', 'pixels')),
    webp(riffChunk('VP8X', [8, 0, 0, 0, 0, 0, 0, 0, 0, 0]), riffChunk('VP8 ', 'pixel'), riffChunk('EXIF', exif(3))),
  ];
  for (const file of files) {
    for (let at = 0; at < file.length; at++) {
      for (const value of [0, 1, 0x7f, 0xd9, 0xff]) {
        try {
          stripped(file.with(at, value));
        } catch (error) {
          assert.ok(error instanceof Unreadable, `${at}: ${String(error)}`);
        }
      }
    }
  }
});
