import test from 'ava';
import {decodeImageFile} from '../../src/image/decode.ts';
import type {ImageInput} from '../../src/image/input.ts';
import type {Picture} from '../../src/image/picture.ts';
import {difference, picture, prepare, sharedBmp, sharedJpeg, storedBytes} from './image-lane.ts';

const signed = {dtype: 'int8', add: [-128, -128, -128]} as const;

/** Reference inputs made with Pillow's BILINEAR from pictures without loss. */
const exact = test.macro(
  async (t, source: readonly string[], name: string, side: number, parts: Partial<ImageInput> = {}) => {
    const {bytes} = await prepare(sharedBmp(...source), {width: side, height: side, ...parts});
    t.true(
      bytes.equals(storedBytes(`${name}.in0.bin`)),
      JSON.stringify(difference(bytes, storedBytes(`${name}.in0.bin`))),
    );
  },
);

for (const [file, name, side, parts] of [
  ['cat.bmp', 'mobilenet_v1_0.25_128_quant__cat', 128],
  ['cat.bmp', 'mobilenet_v1_0.5_160_quant__cat', 160],
  ['cat.bmp', 'mobilenet_v2_1.0_224_quant__cat', 224],
  ['sunflower.bmp', 'automl_labeler_model__sunflower', 224],
  ['squat.bmp', 'movenet_lightning__squat', 192],
  ['bird_segmentation.bmp', 'deeplabv3_dm05__bird_segmentation', 513],
  ['cat.bmp', 'vww_96_int8__cat', 96, signed],
  ['grace_hopper.bmp', 'vww_96_int8__grace_hopper', 96, signed],
  ['bird.bmp', 'pretrainedResnet_quant__bird', 32, signed],
  ['bird.bmp', 'pretrainedResnet__bird', 32, {dtype: 'float32'}],
] as const) {
  test(`${name} is equal to Pillow's resize`, exact, ['images', file], name, side, parts);
}
for (const animal of ['cat', 'dog', 'hotdog']) {
  const name = `${animal}_test_0`;
  test(
    `${name} is equal to Pillow's resize`,
    exact,
    ['images', 'imprinting', `${name}.bmp`],
    `embedding__${name}`,
    224,
  );
}
for (const number of [1, 2, 3]) {
  const name = `traffic_model__frame000${number}`;
  test(`${name} is equal to Pillow's resize`, exact, ['video-frames', `traffic_000${number}.bmp`], name, 256);
}

for (const name of ['grace_hopper', 'posenet_test_image']) {
  test(`${name} is letterboxed on black as the face detector's reference`, async t => {
    const input = {width: 128, height: 128, fit: 'letterbox', dtype: 'float32'} as const;
    const affine = {multiply: Array<number>(3).fill(1 / 127.5), add: [-1, -1, -1]};
    const {bytes} = await prepare(sharedBmp('images', `${name}.bmp`), {...input, ...affine});
    const expected = storedBytes(`blazeface_short__${name}.in0.bin`);
    let worst = 0;
    for (let at = 0; at < bytes.length; at += 4) {
      worst = Math.max(worst, Math.abs(bytes.readFloatLE(at) - expected.readFloatLE(at)));
    }
    // A step between pixel values is 0.0078: the pixels are the same, the last bits of the floats are not.
    t.true(bytes.length === expected.length && worst < 1e-6, String(worst));
  });
}

for (const name of ['cats_and_dogs', 'kite_and_cold', 'pets']) {
  test(`${name} is letterboxed in the corner as the YOLOX reference`, async t => {
    const decoded = await decodeImageFile(sharedJpeg(`${name}.jpg`).data, name);
    const {bytes} = await prepare(decoded, {width: 416, height: 416, fit: 'letterbox-corner', padValue: 114});
    t.deepEqual(difference(bytes, storedBytes(`letterbox416__${name}.rgb.bin`)), {mean: 0, max: 0});
  });
}

test('a JPEG that is not much larger than the input is equal to Pillow too', async t => {
  for (const [file, name] of [
    ['owl.jpg', 'mobilenet_v2_1.0_224_quant__owl'],
    ['burger.jpg', 'mobilenet_v1_0.25_224_quant_metadata__burger'],
    ['pets.jpg', 'coco_ssd_mobilenet_v1__pets'],
  ] as const) {
    const side = name.startsWith('coco') ? 300 : 224;
    const {bytes} = await prepare(sharedJpeg(file), {width: side, height: side});
    t.deepEqual(difference(bytes, storedBytes(`${name}.in0.bin`)), {mean: 0, max: 0}, file);
  }
});

test('a JPEG decoded at a smaller scale stays close to the whole one', async t => {
  for (const [file, side] of [
    ['cat_720p.jpg', 224],
    ['kite_and_cold.jpg', 300],
    ['owl.jpg', 128],
    ['hot_dog.jpg', 32],
  ] as const) {
    const whole = await decodeImageFile(sharedJpeg(file).data, file);
    const expected = await prepare(whole, {width: side, height: side});
    const actual = await prepare(sharedJpeg(file), {width: side, height: side});
    const {mean, max} = difference(actual.bytes, expected.bytes);
    t.true(mean > 0 && mean < 1.5 && max <= 16, `${file}: mean ${mean}, max ${max}`);
    t.deepEqual(actual.geometry, expected.geometry);
  }
});

const bars = (format: Picture['format'], data: readonly number[]): Picture => picture(format, 2, 2, data);
const tensorOf = async (source: Picture, parts: Partial<ImageInput>): Promise<number[]> => [
  ...(await prepare(source, {width: 2, height: 2, ...parts})).bytes,
];

test('colour order, alpha and gray are told apart', async t => {
  const rgb = bars('rgb', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  const reversed = [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10];
  t.deepEqual(await tensorOf(rgb, {}), [...rgb.data]);
  t.deepEqual(await tensorOf(rgb, {colorOrder: 'bgr'}), reversed);
  t.deepEqual(await tensorOf(bars('bgr', reversed), {}), [...rgb.data]);
  t.deepEqual(await tensorOf(bars('bgr', reversed), {colorOrder: 'bgr'}), reversed);
  const rgba = [1, 2, 3, 99, 4, 5, 6, 0, 7, 8, 9, 255, 10, 11, 12, 1];
  t.deepEqual(await tensorOf(bars('rgba', rgba), {}), [...rgb.data]);
  t.deepEqual(await tensorOf(bars('rgba', rgba), {colorOrder: 'bgr'}), reversed);
  t.deepEqual(await tensorOf(bars('gray', [5, 6, 7, 8]), {}), [5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8]);
  t.deepEqual(await tensorOf(bars('gray', [5, 6, 7, 8]), {colorOrder: 'gray'}), [5, 6, 7, 8]);
});

test('gray is BT.601 luma, whatever the order of the colours', async t => {
  const gray = {colorOrder: 'gray'} as const;
  const red = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];
  t.deepEqual(await tensorOf(bars('rgb', red), gray), [76, 150, 29, 255]);
  t.deepEqual(await tensorOf(bars('bgr', red), gray), [29, 150, 76, 255]);
});

test('planes are separated for nchw', async t => {
  const rgb = bars('rgb', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  t.deepEqual(await tensorOf(rgb, {layout: 'nchw'}), [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]);
  t.deepEqual(await tensorOf(rgb, {layout: 'nchw', colorOrder: 'bgr'}), [3, 6, 9, 12, 2, 5, 8, 11, 1, 4, 7, 10]);
});

test('integers are rounded half away from zero and clamped', async t => {
  const source = bars('gray', [0, 1, 2, 255]);
  const affine = (dtype: ImageInput['dtype'], multiply: number, add: number) =>
    prepare(source, {width: 2, height: 2, colorOrder: 'gray', dtype, multiply: [multiply], add: [add]});
  t.deepEqual([...(await affine('uint8', 2, -1.5)).bytes], [0, 1, 3, 255]);
  t.deepEqual([...new Int8Array((await affine('int8', 1, -1.5)).bytes)], [-2, -1, 1, 127]);
  const wide = (await affine('int16', 200, -1.5)).bytes;
  t.deepEqual(
    [0, 2, 4, 6].map(at => wide.readInt16LE(at)),
    [-2, 199, 399, 32767],
  );
  const real = (await affine('float32', 0.5, -1)).bytes;
  t.deepEqual(
    [0, 4, 8, 12].map(at => real.readFloatLE(at)),
    [-1, -0.5, 0, 126.5],
  );
});

test('each channel has its own normalisation, and padding is normalised as well', async t => {
  const source = picture('rgb', 2, 1, [10, 20, 30, 40, 50, 60]);
  const input = {
    width: 2,
    height: 2,
    fit: 'letterbox-corner',
    padValue: 7,
    multiply: [1, 2, 3],
    add: [0, 1, 2],
  } as const;
  t.deepEqual([...(await prepare(source, input)).bytes], [10, 41, 92, 40, 101, 182, 7, 15, 23, 7, 15, 23]);
  const planar = await prepare(source, {...input, layout: 'nchw'});
  t.deepEqual([...planar.bytes], [10, 40, 7, 7, 41, 101, 15, 15, 92, 182, 23, 23]);
});

test('filters differ as their names say', async t => {
  const step = picture('gray', 8, 1, [0, 0, 0, 80, 80, 80, 80, 255]);
  const across = async (filter: ImageInput['filter'], width: number): Promise<number[]> => [
    ...(await prepare(step, {width, height: 1, colorOrder: 'gray', filter})).bytes,
  ];
  t.deepEqual(await across('nearest', 4), [0, 80, 80, 255]);
  t.deepEqual(await across('bilinear-point', 4), [0, 40, 80, 168]);
  t.deepEqual(await across('bilinear', 4), [0, 40, 80, 155]);
  t.deepEqual(await across('nearest', 2), [0, 80]);
  t.deepEqual(await across('bilinear-point', 2), [0, 80]);
});

test('a region is cut from the source before the resize', async t => {
  const ramp = picture(
    'gray',
    4,
    4,
    Array.from({length: 16}, (_, index) => index * 10),
  );
  const gray = {width: 2, height: 2, colorOrder: 'gray', filter: 'nearest'} as const;
  const {bytes, geometry} = await prepare(ramp, gray, {x: 1, y: 2, width: 2, height: 9});
  t.deepEqual([...bytes], [90, 100, 130, 140]);
  t.like(geometry, {cropX: 1, cropY: 2, scaleX: 1, scaleY: 1});
});

test('the same region of a JPEG and of its pixels looks alike', async t => {
  const jpeg = sharedJpeg('cat_720p.jpg');
  const whole = await decodeImageFile(jpeg.data, 'cat');
  for (const region of [
    {x: 300.5, y: 100, width: 700, height: 500},
    {x: 900, y: 400, width: 4000, height: 4000},
  ]) {
    const small = await prepare(jpeg, {width: 96, height: 96}, region);
    const expected = await prepare(whole, {width: 96, height: 96}, region);
    const {mean, max} = difference(small.bytes, expected.bytes);
    t.true(mean < 1 && max <= 16, `mean ${mean}, max ${max}`);
    t.deepEqual(small.geometry, expected.geometry);
  }
});
