import test from 'ava';
import {findImageInput} from '../../../src/model/infer/image-input.ts';
import {type ContentsPlan, contentsOf} from './contents.ts';

type Input = ContentsPlan['inputs'][number];

const finds = test.macro({
  title: (title = '') => `picture input: ${title}`,
  exec(t, inputs: readonly Input[], expected: string | undefined, more: Partial<ContentsPlan> = {}) {
    const {image} = findImageInput(contentsOf({inputs, outputs: [], ...more}));

    t.is(image && `${image.index}: ${image.width}×${image.height}×${image.channels} ${image.layout}`, expected);
  },
});

test('channels last', finds, [{shape: [1, 48, 64, 3]}], '0: 64×48×3 nhwc');
test('channels first', finds, [{shape: [1, 3, 48, 64]}], '0: 64×48×3 nchw');
test('a dynamic batch', finds, [{shape: [-1, 48, 64, 3]}], '0: 64×48×3 nhwc');
test('no batch', finds, [{shape: [48, 64, 3]}], '0: 64×48×3 nhwc');
test('a square plane', finds, [{shape: [1, 28, 28]}], '0: 28×28×1 nhwc');
test('a gray square', finds, [{shape: [1, 96, 96, 1]}], '0: 96×96×1 nhwc');
test('a spectrogram', finds, [{shape: [1, 49, 40, 1]}], undefined);
test('a spectrogram whose name says image', finds, [{shape: [1, 49, 40, 1], name: 'input_image'}], '0: 40×49×1 nhwc');
test(
  'a gray square in a range that no pixels have',
  finds,
  [{shape: [1, 96, 96, 1], dtype: 'int8', quantization: {scale: 0.58, zeroPoint: 83}}],
  undefined,
);
test('a feature map', finds, [{shape: [1, 8, 8, 320]}], undefined);
test('a picture too small to be one', finds, [{shape: [1, 8, 8, 3]}], undefined);
test('the picture among states', finds, [{shape: [1, 8, 8, 320]}, {shape: [1, 64, 64, 3]}], '1: 64×64×3 nhwc');
test('two pictures', finds, [{shape: [1, 64, 64, 3]}, {shape: [1, 64, 64, 3]}], undefined);
test('several pictures at once', finds, [{shape: [8, 64, 64, 3]}], undefined);
test('words', finds, [{shape: [1, 256], dtype: 'int32'}], undefined);
test('a dynamic size', finds, [{shape: [1, 3, -1, -1]}], undefined);
test('a dynamic size that the exporter noted', finds, [{shape: [1, 3, -1, -1]}], '0: 640×480×3 nchw', {
  metadata: {imgsz: '[480, 640]'},
});
