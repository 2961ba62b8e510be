import {readFileSync} from 'node:fs';
import test from 'ava';
import {InputError} from '../../src/error/errors.ts';
import {readBmp} from '../../src/image/bmp.ts';
import {sharedData} from '../helpers/shared-data.ts';

interface BmpParts {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly pixels: readonly number[];
  readonly compression?: number;
  /** After the 40 bytes of the header: masks or palette. */
  readonly extra?: readonly number[];
  readonly colorsUsed?: number;
}

function bmp({width, height, bits, pixels, compression = 0, extra = [], colorsUsed = 0}: BmpParts): Uint8Array {
  const bytes = Buffer.alloc(54 + extra.length + pixels.length);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54 + extra.length, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  bytes.writeUInt32LE(colorsUsed, 46);
  bytes.set(extra, 54);
  bytes.set(pixels, 54 + extra.length);
  return bytes;
}

const rgbOf = (parts: BmpParts): number[] => [...readBmp(bmp(parts), 'a.bmp').data];

test('24 bits are blue, green, red, from the bottom up, rows padded to four bytes', t => {
  const pixels = [1, 2, 3, 0, 4, 5, 6, 0];
  t.deepEqual(rgbOf({width: 1, height: 2, bits: 24, pixels}), [6, 5, 4, 3, 2, 1]);
});

test('a negative height is top-down', t => {
  t.deepEqual(rgbOf({width: 1, height: -2, bits: 24, pixels: [1, 2, 3, 0, 4, 5, 6, 0]}), [3, 2, 1, 6, 5, 4]);
});

test('the padding of the last row may be missing', t => {
  t.deepEqual(rgbOf({width: 1, height: 2, bits: 24, pixels: [1, 2, 3, 0, 4, 5, 6]}), [6, 5, 4, 3, 2, 1]);
});

test('32 bits leave the fourth byte out', t => {
  t.deepEqual(rgbOf({width: 2, height: 1, bits: 32, pixels: [1, 2, 3, 255, 4, 5, 6, 0]}), [3, 2, 1, 6, 5, 4]);
});

test('32 bits with masks take the channels from where the masks say', t => {
  const extra = [0xff, 0, 0, 0, 0, 0xff, 0, 0, 0, 0, 0xff, 0];
  t.deepEqual(rgbOf({width: 1, height: 1, bits: 32, compression: 3, extra, pixels: [1, 2, 3, 4]}), [1, 2, 3]);
});

test('16 bits are 5-5-5, or 5-6-5 with masks, stretched to 255', t => {
  t.deepEqual(rgbOf({width: 2, height: 1, bits: 16, pixels: [0xff, 0x7f, 0x10, 0x00]}), [255, 255, 255, 0, 0, 132]);
  const extra = [0, 0xf8, 0, 0, 0xe0, 0x07, 0, 0, 0x1f, 0, 0, 0];
  t.deepEqual(
    rgbOf({width: 2, height: 1, bits: 16, compression: 3, extra, pixels: [0xe0, 0x07, 0, 0x80]}),
    [0, 255, 0, 132, 0, 0],
  );
});

test('8, 4 and 1 bits look colours up; an index past the palette is black', t => {
  const extra = [10, 20, 30, 0, 40, 50, 60, 0];
  const used = {height: 1, extra, colorsUsed: 2};
  t.deepEqual(rgbOf({...used, width: 3, bits: 8, pixels: [1, 0, 2, 0]}), [60, 50, 40, 30, 20, 10, 0, 0, 0]);
  t.deepEqual(rgbOf({...used, width: 3, bits: 4, pixels: [0x10, 0x50, 0, 0]}), [60, 50, 40, 30, 20, 10, 0, 0, 0]);
  t.deepEqual(rgbOf({...used, width: 3, bits: 1, pixels: [0b01000000, 0, 0, 0]}), [30, 20, 10, 60, 50, 40, 30, 20, 10]);
});

test('photographs come out as the reference reader gave them', t => {
  const picture = readBmp(readFileSync(sharedData('images', 'bird_segmentation.bmp')), 'bird_segmentation.bmp');
  const expected = readFileSync(sharedData('expected', 'io', 'deeplabv3_dm05__bird_segmentation.in0.bin'));
  t.is(picture.width, 513);
  t.deepEqual(Buffer.from(picture.data), expected);
});

test('a gray palette comes out as gray', t => {
  const {data} = readBmp(readFileSync(sharedData('images', 'mnist_nine.bmp')), 'mnist_nine.bmp');
  const expected = readFileSync(sharedData('expected', 'io', 'keras_lstm_mnist__nine.in0.bin'));
  t.deepEqual(Buffer.from(data.filter((_, index) => index % 3 === 1)), expected);
});

const refused = test.macro((t, bytes: Uint8Array, message: RegExp) => {
  const error = t.throws(() => readBmp(bytes, 'bad.bmp'), {instanceOf: InputError});
  t.regex(error.message, message);
  t.true(error.message.startsWith('bad.bmp: '));
});

test(
  'a header cut off is refused',
  refused,
  bmp({width: 1, height: 1, bits: 24, pixels: []}).subarray(0, 20),
  /no header/,
);
test('pixels cut off are refused', refused, bmp({width: 9, height: 9, bits: 24, pixels: [1]}), /cut off: 251 bytes/);
test('a huge size is refused', refused, bmp({width: 65_000, height: 65_000, bits: 1, pixels: []}), /65000 x 65000/);
test('a width below one is refused', refused, bmp({width: -4, height: 4, bits: 24, pixels: []}), /-4 x 4/);
test(
  'run lengths are refused',
  refused,
  bmp({width: 4, height: 4, bits: 8, compression: 1, pixels: []}),
  /compression 1/,
);
test('an odd depth is refused', refused, bmp({width: 4, height: 4, bits: 48, pixels: []}), /48 bits/);

test('random damage gives a picture or an InputError', t => {
  const whole = bmp({
    width: 5,
    height: 4,
    bits: 8,
    extra: [1, 2, 3, 0],
    colorsUsed: 1,
    pixels: Array<number>(32).fill(0),
  });
  let state = 3;
  const next = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
  let read = 0;
  for (let round = 0; round < 3000; round++) {
    const damaged = Uint8Array.from(whole.subarray(0, 1 + next(whole.length)));
    for (let hit = 0; hit < 3; hit++) damaged[2 + next(60)] = next(4) === 0 ? 255 : next(8);
    try {
      const {width, height, data} = readBmp(damaged, 'damaged.bmp');
      t.is(data.length, width * height * 3);
      read++;
    } catch (error) {
      t.true(error instanceof InputError, String(error));
    }
  }
  t.true(read > 0);
});
