import test from 'ava';
import sharp from 'sharp';
import type {Picture} from '../../src/image/picture.ts';
import {geometryOf} from '../../src/image/resolve.ts';
import {imageInput, picture, prepare, prepareInto, randomFrom, sharedJpeg} from './image-lane.ts';

const small = {width: 16, height: 16};
const jpegOf = (data: Uint8Array): Picture => ({format: 'jpeg', width: 0, height: 0, data});
const refused = test.macro(async (t, source: Picture, message: RegExp) => {
  await t.throwsAsync(prepare(source, small), {code: 'PICTURE', message});
});

test('an empty picture is refused', refused, picture('rgb', 4, 4, []), /empty/);
test(
  'too few bytes are refused',
  refused,
  picture('rgb', 4, 4, Array<number>(47).fill(0)),
  /48, got 47|48 bytes, got 47/,
);
test('too many bytes are refused', refused, picture('gray', 4, 4, Array<number>(17).fill(0)), /16 bytes, got 17/);
test('no width is refused', refused, picture('gray', 0, 4, [0]), /0 x 4/);
test('a size over the limit is refused', refused, picture('gray', 65_000, 65_000, [0]), /64 Mpx/);
test('a size whose product overflows is refused', refused, picture('rgba', 65_536, 65_536, [0]), /64 Mpx/);
test('bytes that are no JPEG are refused', refused, jpegOf(Uint8Array.from([1, 2, 3, 4, 5])), /jpeg of 5 bytes/);
test('a JPEG header alone is refused', refused, jpegOf(Uint8Array.from([0xff, 0xd8, 0xff, 0xd9])), /jpeg of 4 bytes/);

test('a tensor of another size is refused', async t => {
  const source = picture('gray', 2, 2, [1, 2, 3, 4]);
  for (const size of [0, 767, 769]) {
    await t.throwsAsync(prepareInto(new ArrayBuffer(size), source, imageInput(small)), {message: /768|size/});
  }
});

test('a region outside, empty or not a number is refused', async t => {
  const source = picture('gray', 20, 10, Array<number>(200).fill(9));
  for (const region of [
    {x: 20, y: 0, width: 5, height: 5},
    {x: 0, y: 0, width: 0, height: 5},
    {x: 5, y: -9, width: 5, height: 9},
    {x: Number.NaN, y: 0, width: 5, height: 5},
  ]) {
    await t.throwsAsync(prepare(source, small, region), {message: /region|number/}, JSON.stringify(region));
  }
});

test('a JPEG cut anywhere is refused', async t => {
  const {data} = sharedJpeg('burger.jpg');
  for (let size = 1; size < data.length - 2; size += 64) {
    await t.throwsAsync(prepare(jpegOf(data.subarray(0, size)), small), {code: 'PICTURE'}, `${size} bytes`);
  }
});

test('a JPEG with its middle missing or overwritten is refused', async t => {
  const {data} = sharedJpeg('burger.jpg');
  const torn = Buffer.concat([data.subarray(0, 9000), data.subarray(16_000)]);
  await t.throwsAsync(prepare(jpegOf(torn), small), {code: 'PICTURE'});
  const overwritten = Uint8Array.from(data).fill(0xff, 9000, 12_000);
  await t.throwsAsync(prepare(jpegOf(overwritten), small), {code: 'PICTURE', message: /jpeg of 30300 bytes/});
});

test('padding and stray bytes that cameras add are accepted', async t => {
  const {data} = sharedJpeg('burger.jpg');
  const expected = await prepare(jpegOf(data), small);
  const body = data.subarray(0, data.length - 2);
  const end = data.subarray(data.length - 2);
  for (const [name, bytes] of [
    ['zeros after the end', Buffer.concat([data, Buffer.alloc(3000)])],
    ['three stray bytes before the end', Buffer.concat([body, Buffer.from([1, 2, 3]), end])],
    ['zeros before the end', Buffer.concat([body, Buffer.alloc(500), end])],
    ['stray bytes in the header', Buffer.concat([data.subarray(0, 2), Buffer.from([7, 7]), data.subarray(2)])],
  ] as const) {
    const {bytes: actual} = await prepare(jpegOf(bytes), small);
    t.deepEqual(actual, expected.bytes, name);
  }
});

test('a JPEG cut behind harmless stray bytes is still refused', async t => {
  const {data} = sharedJpeg('burger.jpg');
  const stray = Buffer.concat([data.subarray(0, 2), Buffer.from([7, 7]), data.subarray(2, 20_000)]);
  await t.throwsAsync(prepare(jpegOf(stray), small), {code: 'PICTURE'});
});

test('CMYK is refused by name', async t => {
  const cmyk = await sharp({create: {width: 32, height: 32, channels: 3, background: '#369'}})
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer();
  await t.throwsAsync(prepare(jpegOf(cmyk), small), {code: 'PICTURE', message: /CMYK/});
});

test('gray and progressive JPEGs are decoded, and colour ones as gray', async t => {
  const blank = sharp({create: {width: 100, height: 80, channels: 3, background: {r: 200, g: 200, b: 200}}});
  for (const file of [
    await blank.clone().toColourspace('b-w').jpeg({quality: 100}).toBuffer(),
    await blank.clone().jpeg({quality: 100, progressive: true}).toBuffer(),
    await blank.clone().jpeg({quality: 100, chromaSubsampling: '4:4:4'}).toBuffer(),
  ]) {
    for (const colorOrder of ['rgb', 'bgr', 'gray'] as const) {
      const {bytes} = await prepare(jpegOf(file), {
        ...small,
        colorOrder,
        ...(colorOrder === 'gray' ? {multiply: [1], add: [0]} : {}),
      });
      t.true(
        bytes.every(value => value === 200),
        colorOrder,
      );
    }
  }
});

test('10,000 random mutations of JPEGs leave the decoder whole', async t => {
  const source = sharp(sharedJpeg('face.jpg').data).resize(48, 40);
  const originals = [
    await source.clone().jpeg().toBuffer(),
    await source.clone().jpeg({progressive: true}).toBuffer(),
    await source.clone().toColourspace('b-w').jpeg().toBuffer(),
  ];
  const expected = await Promise.all(originals.map(data => prepare(jpegOf(data), small)));
  const next = randomFrom(11);
  let decoded = 0;
  let rejected = 0;
  for (let round = 0; round < 10_000; round++) {
    const data = Uint8Array.from(originals[round % originals.length]!);
    for (let hit = next(6); hit >= 0; hit--) data[next(data.length)] = next(3) === 0 ? 0xff : next(256);
    try {
      await prepare(jpegOf(next(10) === 0 ? data.subarray(0, next(data.length)) : data), small);
      decoded++;
    } catch (error) {
      if ((error as {code?: string}).code !== 'PICTURE') throw error;
      rejected++;
    }
  }
  t.true(decoded > 500 && rejected > 500, `${decoded} decoded, ${rejected} rejected`);
  for (const [index, data] of originals.entries()) {
    t.deepEqual((await prepare(jpegOf(data), small)).bytes, expected[index]!.bytes);
  }
});

test('the addon and TypeScript agree on the geometry to the last bit', async t => {
  const next = randomFrom(5);
  const fits = ['stretch', 'letterbox', 'letterbox-corner', 'crop'] as const;
  for (let round = 0; round < 600; round++) {
    const width = 1 + next(next(4) === 0 ? 2000 : 60);
    const height = 1 + next(next(4) === 0 ? 300 : 60);
    const input = {width: 1 + next(40), height: 1 + next(40), fit: fits[round % 4]!};
    const source = picture('gray', width, height, new Uint8Array(width * height));
    const region = {
      x: next(width * 8) / 8 - 1,
      y: (next(height * 1000) + 1) / 1000,
      width: 1 + next(900) / 7,
      height: next(500) / 3 + 0.1,
    };
    const used = next(2) === 0 || region.y >= height ? undefined : region;
    const {geometry} = await prepare(
      source,
      {...input, filter: 'nearest', colorOrder: 'gray', multiply: [1], add: [0]},
      used,
    );
    t.deepEqual(geometry, geometryOf(width, height, input, used));
  }
});
