import {readFileSync} from 'node:fs';
import test from 'ava';
import {loadModel} from '../../src/model/load.ts';
import {readEdgetpuPackage} from '../../src/model/tflite/edgetpu-package.ts';
import {modelPath} from './shared-models.ts';

const edgetpuOf = async (name: string) => (await loadModel(modelPath(`edgetpu/${name}.tflite`))).header.edgetpu;

test('a package tells its caching token and how many bytes stay on the chip', async t => {
  t.deepEqual(await edgetpuOf('deeplabv3_mnv2_dm05_pascal_quant_edgetpu'), {
    cachingToken: '36959a24102f7acd',
    cachedBytes: 766_720,
    streamedBytes: 0,
    minRuntime: 12,
  });
});

test('a package without parameter caching sends its weights for every run', async t => {
  t.deepEqual(await edgetpuOf('testconv1-edgetpu'), {cachedBytes: 0, streamedBytes: 640, minRuntime: 13});
});

test('weights that do not fit are told apart', async t => {
  t.like(await edgetpuOf('keras_lstm_mnist_ptq_edgetpu'), {cachedBytes: 43_968, streamedBytes: 576});
});

test('a model compiled together with another has another token than alone', async t => {
  const alone = await edgetpuOf('mobilenet_v1_0.25_128_quant_edgetpu');
  const together = await edgetpuOf('mobilenet_v1_0.25_128_quant_cocompiled_with_mobilenet_v1_0.5_160_quant_edgetpu');

  t.not(alone?.cachingToken, together?.cachingToken);
  t.is(alone?.cachedBytes, together?.cachedBytes);
});

test('a damaged package is no package, wherever it was cut or changed', t => {
  const file = readFileSync(modelPath('edgetpu/testconv1-edgetpu.tflite'));
  for (let length = 0; length < file.length; length += 997) {
    t.notThrows(() => readEdgetpuPackage(file.subarray(0, length)));
    const changed = Uint8Array.from(file);
    changed.fill(0xff, length, length + 4);
    t.notThrows(() => readEdgetpuPackage(changed));
  }
});
