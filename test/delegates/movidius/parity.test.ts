import {readFileSync} from 'node:fs';
import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {ModelUnsupportedError} from '../../../src/error/errors.ts';
import type {FrameInput, ImageInput} from '../../../src/image/input.ts';
import {loadModel} from '../../../src/model/load.ts';
import {elements} from '../../../src/tensor/read.ts';
import type {DType, Tensor} from '../../../src/tensor/tensor.ts';
import {type StoredCase, storedCases} from '../../helpers/cases.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {deviceOf, oneThread, openOn, openvinoFolder, realMovidius} from './openvino-library.ts';

const hosts = new TestHosts();
test.before('fetch the library', async () => void (await openvinoFolder()));
test.after.always(() => hosts.closeAll());

/** Mean squared difference over mean square: 1e-8 is a difference in the fourth digit of a typical number. */
function error(got: Tensor, expected: Tensor): number {
  const [a, b] = [elements(got), elements(expected)];
  let [difference, size] = [0, 0];
  for (let index = 0; index < b.length; index++) {
    difference += (a[index]! - b[index]!) ** 2;
    size += b[index]! ** 2;
  }
  return a.length === b.length ? difference / Math.max(size, 1e-12) : Number.POSITIVE_INFINITY;
}

for (const stored of storedCases('.onnx')) {
  test.serial(`${stored.case}: agrees with onnxruntime here, and with the stored outputs`, async t => {
    const model = await loadModel(sharedData(stored.model));
    const session = await openOn(t, await realMovidius(hosts), 'CPU', model);
    const oracle = await openOn(t, createDelegate(cpu), 'cpu', model);
    const picture = pictureOf(stored, model.image!);
    const [{outputs: got}, {outputs: expected}] = [await session.run(picture), await oracle.run(picture)];
    t.is(got.length, expected.length);
    for (const [index, tensor] of expected.entries()) {
      t.deepEqual(got[index]!.shape, tensor.shape);
      t.true(error(got[index]!, tensor) < 1e-9, `output ${index}: ${error(got[index]!, tensor)}`);
      const {file, name, shape, dtype} = stored.outputs[index]!;
      if (file === undefined) continue;
      const kept = {name, shape, dtype: dtype as DType, data: readFileSync(sharedData('expected', file))};
      t.true(error(got[index]!, kept) < 1e-9, `stored output ${index}: ${error(got[index]!, kept)}`);
    }
  });
}

/** Models that OpenVINO's TFLite reader refuses, each with what it says. */
const refused: readonly (readonly [file: string, says: RegExp])[] = [
  ['coco_ssd_mobilenet_v1_1.0_quant_2018_06_29', /custom operator TFLite_Detection_PostProcess/],
  ['traffic_model', /custom operator TFLite_Detection_PostProcess/],
  ['dtln_noise_suppression', /either input, constant or/],
  ['keras_lstm_mnist_ptq', /either input, constant or/],
  ['mnist_lstm_float', /either input, constant or/],
];

/**
 * 8-bit models are computed in float between quantized layers, so that a rounding may fall to the other side: outputs differ
 * by a few steps. MoveNet ends in an argmax over such values, which then may name another cell.
 */
const loose = 1e-2;
const skipped = ['movenet_single_pose_lightning_ptq', 'person_detect']; // the latter is refused when it is loaded

for (const stored of storedCases('.tflite')) {
  const name = stored.model.replace(/^models\/|\.tflite$/g, '');
  const isStored =
    stored.inputs.every(({file}) => file !== undefined) && stored.outputs.some(({file}) => file !== undefined);
  if (!isStored || skipped.includes(name)) continue;
  const refusal = refused.find(([file]) => file === name);
  if (refusal !== undefined) {
    test.serial(`${stored.case}: refused with the reason`, async t => {
      const model = await loadModel(sharedData(stored.model));
      const delegate = await realMovidius(hosts);
      const device = await deviceOf(delegate, 'CPU');
      const reason = delegate.unsupportedReason(model, device);
      if (reason !== undefined) return void t.regex(reason, refusal[1]);
      await t.throwsAsync(delegate.open(model, device, oneThread), {
        instanceOf: ModelUnsupportedError,
        message: refusal[1],
      });
    });
    continue;
  }
  test.serial(`${stored.case}: agrees with the stored outputs`, async t => {
    const model = await loadModel(sharedData(stored.model));
    const session = await openOn(t, await realMovidius(hosts), 'CPU', model);
    for (const [index, {file}] of stored.inputs.entries()) {
      session.inputs[index]!.data.set(readFileSync(sharedData('expected', file!)));
    }
    const {outputs} = await session.run();
    for (const [index, {name, shape, dtype, file}] of stored.outputs.entries()) {
      if (file === undefined) continue;
      t.is(outputs[index]!.dtype, dtype as DType);
      const kept: Tensor = {name, shape, dtype: dtype as DType, data: readFileSync(sharedData('expected', file))};
      const limit = dtype === 'float32' ? 1e-9 : loose;
      t.true(error(outputs[index]!, kept) < limit, `output ${index} (${name}): ${error(outputs[index]!, kept)}`);
    }
  });
}

/** The stored pixels, which have the model's size already. */
function pictureOf(
  {uint8_source}: StoredCase,
  image: {readonly index: number; readonly input: ImageInput},
): FrameInput {
  const [height, width] = uint8_source!.shape;
  const data = readFileSync(sharedData('expected', uint8_source!.file));
  const frame = {
    sequence: 0,
    capturedAtNs: 0n,
    wallClockMs: 0,
    width: width!,
    height: height!,
    format: 'rgb',
    data,
  } as const;
  return {inputIndex: image.index, frame, input: image.input};
}
