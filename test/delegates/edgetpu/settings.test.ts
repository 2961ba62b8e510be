import test from 'ava';
import {edgetpu} from '../../../delegates/edgetpu/index.ts';
import {wireSegments} from '../../../delegates/edgetpu/segments.ts';
import {ConfigError, ModelUnsupportedError} from '../../../src/error/errors.ts';
import {loadModel} from '../../../src/model/load.ts';
import type {ModelFile} from '../../../src/model/model.ts';
import {loadVariants} from '../../../src/model/variants.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const refused = test.macro((t, options: Readonly<Record<string, unknown>>, message: RegExp) => {
  t.throws(() => createDelegate(edgetpu, options), {instanceOf: ConfigError, message});
});
test('an unknown performance is refused', refused, {performance: 'Turbo'}, /delegates\.edgetpu\.performance: .*"Low"/);
test(
  'a queue longer than a byte is refused',
  refused,
  {usbMaxBulkInQueueLength: 256},
  /usbMaxBulkInQueueLength: .*255/,
);
test('an unknown option is refused', refused, {speed: 'fast'}, /speed/);

const device = {id: 'usb:0', name: 'Edge TPU'};

test('a model that is not compiled names the operator, the compiler and the files looked for', async t => {
  const {primary} = await loadVariants(sharedData('models', 'traffic_model.tflite'));
  const reason = createDelegate(edgetpu).unsupportedReason(primary, device) ?? '';

  t.regex(reason, /no operator edgetpu-custom-op; compile .* with edgetpu_compiler/);
  t.regex(reason, /looked for .*traffic_model_edgetpu\.tflite/);
});

test('an ONNX model is refused', async t => {
  const model = await loadModel(sharedData('models', 'silero_vad.onnx'));

  t.regex(createDelegate(edgetpu).unsupportedReason(model, device) ?? '', /^an ONNX model/);
});

test('a compiled model is not refused', async t => {
  const model = await loadModel(sharedData('models', 'edgetpu', 'split_concat_edgetpu.tflite'));

  t.is(createDelegate(edgetpu).unsupportedReason(model, device), undefined);
});

type Ends = readonly (readonly [name: string, size: number])[];
const segment = (inputs: Ends, outputs: Ends): ModelFile => {
  const specs = (ends: Ends) => ends.map(([name, size]) => ({name, dtype: 'uint8' as const, shape: [1, size]}));
  return {
    path: '',
    sha256: '',
    bytes: new Uint8Array(),
    header: {inputs: specs(inputs), outputs: specs(outputs)} as unknown as ModelFile['header'],
  };
};

test('segments are wired by name, across more than one of them', t => {
  const segments = [
    segment(
      [['picture', 9]],
      [
        ['a', 4],
        ['b', 5],
      ],
    ),
    segment([['b', 5]], [['c', 6]]),
    segment(
      [
        ['c', 6],
        ['a', 4],
        ['picture', 9],
      ],
      [],
    ),
  ];

  t.deepEqual(wireSegments(segments, 'm'), [
    [{segment: 0, index: 1}],
    [
      {segment: 1, index: 0},
      {segment: 0, index: 0},
      {segment: -1, index: 0},
    ],
  ]);
});

test('segments whose names differ are wired in order', t => {
  t.deepEqual(
    wireSegments(
      [
        segment(
          [],
          [
            ['a', 4],
            ['b', 5],
          ],
        ),
        segment(
          [
            ['x', 4],
            ['y', 5],
          ],
          [],
        ),
      ],
      'm',
    ),
    [
      [
        {segment: 0, index: 0},
        {segment: 0, index: 1},
      ],
    ],
  );
});

test('segments that do not fit are refused by the tensor', t => {
  t.throws(() => wireSegments([segment([], [['a', 4]]), segment([['x', 5]], [])], 'm'), {
    instanceOf: ModelUnsupportedError,
    message: 'm: segment 1 takes "x" (uint8 [1,5]), which no segment before it gives',
  });
});
