import test from 'ava';
import {decodeImageFile} from '../../src/image/decode.ts';
import type {Picture} from '../../src/image/picture.ts';
import {difference, picture, prepare, sharedJpeg} from './image-lane.ts';

/** BT.601 limited range: Y, U, V of pure red, green, blue, white and black. */
const colors = [
  [81, 90, 240, [254, 0, 0]],
  [145, 54, 34, [0, 255, 1]],
  [41, 240, 110, [0, 0, 255]],
  [235, 128, 128, [255, 255, 255]],
  [16, 128, 128, [0, 0, 0]],
] as const;

const plain = {
  nv12: (y: number, u: number, v: number) => picture('nv12', 2, 2, [y, y, y, y, u, v]),
  i420: (y: number, u: number, v: number) => picture('i420', 2, 2, [y, y, y, y, u, v]),
  yuyv: (y: number, u: number, v: number) => picture('yuyv', 2, 2, [y, u, y, v, y, u, y, v]),
};

for (const [format, make] of Object.entries(plain)) {
  test(`${format} colours are BT.601 in limited range`, async t => {
    for (const [y, u, v, expected] of colors) {
      const {bytes} = await prepare(make(y, u, v), {width: 1, height: 1});
      t.deepEqual([...bytes], [...expected]);
      const reversed = await prepare(make(y, u, v), {width: 1, height: 1, colorOrder: 'bgr'});
      t.deepEqual([...reversed.bytes], expected.toReversed());
    }
  });
}

test('gray takes the luma, stretched to the full range', async t => {
  for (const [format, make] of Object.entries(plain)) {
    for (const [luma, expected] of [
      [16, 0],
      [126, 128],
      [235, 255],
      [255, 255],
      [3, 0],
    ] as const) {
      const {bytes} = await prepare(make(luma, 90, 240), {width: 1, height: 1, colorOrder: 'gray'});
      t.deepEqual([...bytes], [expected], format);
    }
  }
});

/** The planes of a picture, chroma averaged over 2 x 2 pixels; a side of an odd number of pixels is repeated. */
function yuvOf({width, height, data}: Picture): {luma: number[]; blue: number[]; red: number[]} {
  const luma: number[] = [];
  const blue: number[] = [];
  const red: number[] = [];
  const sample = (x: number, y: number): readonly [number, number, number] => {
    const at = (Math.min(y, height - 1) * width + Math.min(x, width - 1)) * 3;
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [r, g, b] = sample(x, y);
      luma.push(Math.round(16 + (65.738 * r + 129.057 * g + 25.064 * b) / 256));
      if (x % 2 === 1 || y % 2 === 1) continue;
      const around = [sample(x, y), sample(x + 1, y), sample(x, y + 1), sample(x + 1, y + 1)];
      const mean = (c: 0 | 1 | 2): number => around.reduce((sum, pixel) => sum + pixel[c], 0) / 4;
      blue.push(Math.round(128 + (-37.945 * mean(0) - 74.494 * mean(1) + 112.439 * mean(2)) / 256));
      red.push(Math.round(128 + (112.439 * mean(0) - 94.154 * mean(1) - 18.285 * mean(2)) / 256));
    }
  }
  return {luma, blue, red};
}

const interleaved = (first: readonly number[], second: readonly number[]): number[] =>
  first.flatMap((value, index) => [value, second[index]!]);

test('a photograph in any YUV format is the photograph', async t => {
  const rgb = await decodeImageFile(sharedJpeg('burger.jpg').data, 'burger'); // 480 x 325: an odd height
  const {width, height} = rgb;
  const {luma, blue, red} = yuvOf(rgb);
  const i420 = picture('i420', width, height, [...luma, ...blue, ...red]);
  const nv12 = picture('nv12', width, height, [...luma, ...interleaved(blue, red)]);
  const packed: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x += 2) {
      const chroma = (y >> 1) * (width / 2) + x / 2;
      packed.push(luma[y * width + x]!, blue[chroma]!, luma[y * width + x + 1]!, red[chroma]!);
    }
  }
  const yuyv = picture('yuyv', width, height, packed);
  for (const filter of ['bilinear', 'bilinear-point', 'nearest'] as const) {
    const input = {width: 160, height: 120, filter};
    const expected = await prepare(rgb, input);
    const fromPlanes = await prepare(i420, input);
    const {mean, max} = difference(fromPlanes.bytes, expected.bytes);
    t.true(mean < 3 && max < (filter === 'bilinear' ? 24 : 90), `${filter}: mean ${mean}, max ${max}`);
    t.deepEqual(difference((await prepare(nv12, input)).bytes, fromPlanes.bytes), {mean: 0, max: 0});
    const fromPacked = difference((await prepare(yuyv, input)).bytes, expected.bytes);
    t.true(fromPacked.mean < 3, `${filter}: mean ${fromPacked.mean}`);
  }
});

test('chroma of odd sizes is rounded up', async t => {
  const size = 5 * 3 + 2 * 3 * 2;
  for (const format of ['i420', 'nv12'] as const) {
    const {bytes} = await prepare(picture(format, 5, 3, Array<number>(size).fill(128)), {width: 5, height: 3});
    t.true(bytes.every(value => value === 130));
    await t.throwsAsync(prepare(picture(format, 5, 3, Array<number>(size - 1).fill(128)), {width: 5, height: 3}), {
      code: 'PICTURE',
      message: /27 bytes, got 26/,
    });
  }
  const {bytes} = await prepare(picture('yuyv', 3, 2, Array<number>(16).fill(128)), {width: 3, height: 2});
  t.true(bytes.every(value => value === 130));
});
