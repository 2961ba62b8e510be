import {readFileSync} from 'node:fs';
import test from 'ava';
import sharp from 'sharp';
import {InputError} from '../../src/error/errors.ts';
import {classColor} from '../../src/image/canvas.ts';
import {annotate} from '../../src/image/draw.ts';
import {maskToPng} from '../../src/image/mask-png.ts';
import type {Picture} from '../../src/image/picture.ts';
import type {Detection, SegmentResult} from '../../src/task/result.ts';
import {sharedData} from '../helpers/shared-data.ts';

const gray = (width: number, height: number): Picture => ({
  width,
  height,
  format: 'gray',
  data: new Uint8Array(width * height).fill(128),
});
const detection = (parts: Partial<Detection>): Detection => ({
  index: 3,
  label: 'boat',
  score: 0.5,
  box: {x: 20, y: 30, width: 40, height: 20},
  ...parts,
});

async function pixelsOf(file: Uint8Array) {
  const {data, info} = await sharp(file).raw().toBuffer({resolveWithObject: true});
  return {
    info,
    at: (x: number, y: number): number[] => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)],
  };
}

test('a box is drawn inside its rectangle in the colour of its class, its middle untouched', async t => {
  const file = await annotate(
    gray(100, 80),
    {task: 'detect', detections: [detection({})]},
    {format: 'png', labels: false},
  );
  const {at, info} = await pixelsOf(file);
  t.is(info.format, 'raw');
  t.deepEqual(at(20, 30), [...classColor(3)]);
  t.deepEqual(at(59, 49), [...classColor(3)]);
  t.deepEqual(at(40, 40), [128, 128, 128]);
  t.deepEqual(at(60, 50), [128, 128, 128]);
  t.deepEqual(at(19, 30), [128, 128, 128]);
});

test('a label stands above its box, on its colour', async t => {
  const file = await annotate(gray(100, 80), {task: 'detect', detections: [detection({})]}, {format: 'png'});
  const {at} = await pixelsOf(file);
  t.deepEqual(at(20, 19), [...classColor(3)]);
  // The foot of the "b" of "boat": its left stroke, two dots in.
  t.notDeepEqual(at(22, 27), [...classColor(3)]);
  t.notDeepEqual(at(22, 27), [128, 128, 128]);
});

test('boxes and points outside the picture, and numbers that are none, are harmless', async t => {
  const detections = [
    detection({box: {x: -500, y: -500, width: 5000, height: 5000}, keypoints: [{x: -3, y: 1e9}]}),
    detection({box: {x: Number.NaN, y: 0, width: Number.POSITIVE_INFINITY, height: -4}, label: '\u{1F6A4} 船 Bücher'}),
  ];
  const {info} = await pixelsOf(await annotate(gray(64, 48), {task: 'detect', detections}, {format: 'png'}));
  t.like(info, {width: 64, height: 48});
});

test('every keypoint is marked', async t => {
  const result = {task: 'detect', detections: [detection({keypoints: [{x: 40, y: 40}]})]} as const;
  const {at} = await pixelsOf(await annotate(gray(100, 80), result, {format: 'png', labels: false}));
  t.deepEqual(at(40, 40), [...classColor(3)]);
});

const halves: SegmentResult = {
  task: 'segment',
  width: 2,
  height: 1,
  mask: Uint8Array.from([0, 1]),
  classes: [
    {index: 0, label: 'background', fraction: 0.5},
    {index: 1, label: 'water', fraction: 0.5},
  ],
};

test('a mask is stretched over the picture and tints all but the background', async t => {
  const {at} = await pixelsOf(await annotate(gray(40, 20), halves, {format: 'png', labels: false}));
  t.deepEqual(at(19, 10), [128, 128, 128]);
  t.deepEqual(
    at(20, 10),
    classColor(1).map(value => (128 + value) >> 1),
  );
});

test('classes are listed from the top left corner', async t => {
  const classes = [{index: 5, label: 'cat', score: 0.9}];
  const {at} = await pixelsOf(await annotate(gray(100, 80), {task: 'classify', classes}, {format: 'png'}));
  t.deepEqual(at(0, 0), [...classColor(5)]);
  t.deepEqual(at(0, 12), [128, 128, 128]);
});

test('a JPEG frame becomes an annotated JPEG of the same size', async t => {
  const data = readFileSync(sharedData('images', 'pets.jpg'));
  const picture = {width: 512, height: 430, format: 'jpeg', data} as const;
  const file = await annotate(picture, {task: 'tensor', outputs: []}, {format: 'jpeg', quality: 70});
  t.like(await sharp(file).metadata(), {format: 'jpeg', width: 512, height: 430});
});

for (const [format, data, expected] of [
  ['rgb', [1, 2, 3, 1, 2, 3], [1, 2, 3]],
  ['bgr', [1, 2, 3, 1, 2, 3], [3, 2, 1]],
  ['rgba', [1, 2, 3, 9, 1, 2, 3, 9], [1, 2, 3]],
  ['gray', [7, 7], [7, 7, 7]],
  ['yuyv', [81, 90, 81, 240], [254, 0, 0]],
  ['nv12', [81, 81, 90, 240], [254, 0, 0]],
  ['i420', [81, 81, 90, 240], [254, 0, 0]],
] as const) {
  test(`${format} frames are drawn in their true colours`, async t => {
    const picture = {width: 2, height: 1, format, data: Uint8Array.from(data)};
    const {at} = await pixelsOf(await annotate(picture, {task: 'tensor', outputs: []}, {format: 'png'}));
    t.deepEqual(at(1, 0), [...expected]);
  });
}

test('a frame shorter than its size says is refused', async t => {
  const picture = {width: 20, height: 10, format: 'rgb', data: new Uint8Array(599)} as const;
  await t.throwsAsync(annotate(picture, {task: 'tensor', outputs: []}, {format: 'png'}), {
    instanceOf: InputError,
    message: /599 bytes are no 20 x 10 rgb/,
  });
});

test('a mask file holds the class indices as gray values', async t => {
  const png = await maskToPng({width: 3, height: 2, mask: Uint8Array.from([0, 1, 2, 20, 254, 255])});
  t.like(await sharp(png).metadata(), {format: 'png', channels: 1, width: 3, height: 2, depth: 'uchar'});
  t.deepEqual([...(await sharp(png).extractChannel(0).raw().toBuffer())], [0, 1, 2, 20, 254, 255]);
});
