import test from 'ava';
import {ManifestError, OutputMismatchError} from '../../../src/error/errors.ts';
import type {Geometry} from '../../../src/image/input.ts';
import type {DecoderOptions} from '../../../src/task/decoder.ts';
import type {SegmentResult} from '../../../src/task/result.ts';
import {createDecoder} from '../../../src/task/table.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {type HandMadeModel, handMade, stretched, tensor} from '../models.ts';

interface SegmentCall extends Partial<Omit<HandMadeModel, 'task' | 'family' | 'outputs'>> {
  readonly geometry?: Geometry;
  readonly options?: DecoderOptions;
}

function segment(output: Tensor, {geometry, options, ...parts}: SegmentCall = {}): SegmentResult {
  const model = handMade({roles: ['logits'], ...parts, task: 'segment', family: 'semantic', outputs: [output]});
  const result = createDecoder(model, options)([output], geometry);
  if (result.task !== 'segment') throw new Error('not a segmentation');
  return result;
}

// 2x2 pixels, 3 classes: 2, 0, 2 (a tie of 1 and 2 would go to 1), 1
const perPixel = [
  [1, 2, 3],
  [5, 4, 3],
  [0, 1, 2],
  [0, 7, 7],
];
const wanted = [2, 0, 2, 1];

test('each pixel gets its largest class, ties the lowest index', t => {
  const result = segment(tensor([1, 2, 2, 3], perPixel.flat()));
  t.deepEqual([...result.mask], wanted);
  t.deepEqual([result.width, result.height], [2, 2]);
});

test('channels may come first', t => {
  const planes = [0, 1, 2].flatMap(channel => perPixel.map(pixel => pixel[channel]!));
  t.deepEqual([...segment(tensor([1, 3, 2, 2], planes), {layout: 'nchw'}).mask], wanted);
});

for (const [dtype, move] of [
  ['uint8', 100],
  ['int8', -100],
  ['int16', -30_000],
] as const) {
  test(`${dtype} scores are compared as stored`, t => {
    const stored = perPixel.flat().map(value => value + move);
    const output = tensor([1, 2, 2, 3], stored, {dtype, quantization: {scale: 0.5, zeroPoint: 3}});
    t.deepEqual([...segment(output).mask], wanted);
  });
}

test('the mask is the plain maximum for every class count and order', t => {
  // A row in which the class changes often, up and down, so that no neighbour helps.
  for (let classes = 2; classes <= 11; classes++) {
    const winners = Array.from({length: 40}, (_, pixel) => (pixel * 7) % classes);
    const values = winners.flatMap((winner, pixel) =>
      Array.from({length: classes}, (_, index) => (index === winner ? 50 : (index * 31 + pixel * 17) % 50)),
    );
    t.deepEqual([...segment(tensor([1, 4, 10, classes], values)).mask], winners);
  }
});

test('fractions count the pixels, largest class first, background not listed', t => {
  const result = segment(tensor([1, 2, 2, 3], perPixel.flat()), {
    decode: {backgroundIndex: 0},
    labels: ['background', 'road', 'water'],
  });
  t.deepEqual(result.classes, [
    {index: 2, label: 'water', fraction: 0.5},
    {index: 1, label: 'road', fraction: 0.25},
  ]);
});

test('padding is neither in the mask nor in the fractions', t => {
  // A 4x2 frame in a 4x4 input with a row of padding above and below; class 1 in the left half, 2 in the padding.
  const rows = [
    [2, 2, 2, 2],
    [1, 1, 0, 0],
    [1, 1, 0, 0],
    [2, 2, 2, 2],
  ];
  const values = rows.flat().flatMap(winner => [0, 1, 2].map(index => (index === winner ? 1 : 0)));
  const geometry = {...stretched([4, 2], [4, 4]), scaleX: 1, scaleY: 1, padY: 1};
  const result = segment(tensor([1, 4, 4, 3], values), {geometry});
  t.deepEqual([result.width, result.height], [4, 2]);
  t.deepEqual([...result.mask], [1, 1, 0, 0, 1, 1, 0, 0]);
  t.deepEqual(
    result.classes.map(({index, fraction}) => [index, fraction]),
    [
      [0, 0.5],
      [1, 0.5],
    ],
  );
});

test('one channel is a probability with a threshold, its single label the foreground', t => {
  const output = tensor([1, 2, 2, 1], [0.5, 0.25, 0.75, Number.NaN]);
  const result = segment(output, {labels: ['person']});
  t.deepEqual([...result.mask], [1, 0, 1, 0]);
  t.deepEqual(result.classes, [{index: 1, label: 'person', fraction: 0.5}]);
  t.deepEqual([...segment(output, {options: {scoreThreshold: 0.6}}).mask], [0, 0, 1, 0]);
});

test('one channel of logits needs activation sigmoid', t => {
  const output = tensor([1, 1, 3, 1], [-0.1, 0, 5]);
  t.deepEqual([...segment(output, {decode: {activation: 'sigmoid'}}).mask], [0, 1, 1]);
});

test('one quantized channel is thresholded as stored', t => {
  const output = tensor([1, 1, 2, 1], [-1, 0], {dtype: 'int8', quantization: {scale: 1 / 256, zeroPoint: -128}});
  t.deepEqual([...segment(output).mask], [0, 1]);
});

for (const dtype of ['int64', 'int32', 'uint8', 'float32'] as const) {
  test(`${dtype} label maps are taken as they are`, t => {
    const result = segment(tensor([1, 2, 2], [0, 3, 3, 12], {dtype}), {
      roles: ['labels'],
      decode: {backgroundIndex: 0},
    });
    t.deepEqual([...result.mask], [0, 3, 3, 12]);
    t.deepEqual(
      result.classes.map(({index, fraction}) => [index, fraction]),
      [
        [3, 0.5],
        [12, 0.25],
      ],
    );
  });
}

test('labels that are no class index are pixels without a class', t => {
  const result = segment(tensor([1, 2, 2], [-1, 300, 1, 255], {dtype: 'int64'}), {roles: ['labels']});
  t.deepEqual([...result.mask], [255, 255, 1, 255]);
  t.deepEqual(result.classes, [{index: 1, label: 'class 1', fraction: 0.25}]);
});

test('a pixel whose scores are all NaN has no class, the next pixel is not affected', t => {
  const {NaN: nan} = Number;
  const result = segment(tensor([1, 1, 3, 2], [nan, nan, 0, 1, nan, 3]));
  t.deepEqual([...result.mask], [255, 1, 1]);
});

test('a shape without height and width is refused', t => {
  t.throws(() => segment(tensor([21], [])), {instanceOf: OutputMismatchError});
  t.throws(() => segment(tensor([2, 2, 2, 3], [])), {
    instanceOf: OutputMismatchError,
    message: /shape \[2, 2, 2, 3\], expected \[1, H, W, C\]/,
  });
  t.throws(() => segment(tensor([1, 2, 2], []), {roles: ['scores']}), {
    instanceOf: ManifestError,
    message: /role "logits" is missing/,
  });
});
