import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {toy} from '../fixtures/toy-delegate/index.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {sharedData} from '../helpers/shared-data.ts';
import {tinyTflite} from '../helpers/tiny-tflite.ts';
import {conformance} from './suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'dunlin-toy-'));
test.after.always(() => rmSync(folder, {recursive: true}));

/** NEG over a picture of 16×16 whose pixels become 0 to 1. */
function signModel(): string {
  const path = join(folder, 'sign');
  const tensor = {shape: [1, 16, 16, 3]};
  const operators = [{code: 59, inputs: [0], outputs: [1]}];
  const picture = {width: 16, height: 16, layout: 'nhwc', colorOrder: 'rgb', fit: 'stretch'};
  const normalization = {mean: [0, 0, 0], std: [255, 255, 255]};
  const manifest = {
    ...{name: 'sign', task: 'tensor', family: 'raw', variants: {cpu: {file: 'sign.tflite'}}},
    inputs: [{index: 0, role: 'image', ...picture, normalization}],
    outputs: [{index: 0, role: 'ignored'}],
  };
  mkdirSync(path);
  writeFileSync(
    join(path, 'sign.tflite'),
    tinyTflite({tensors: [tensor, tensor], operators, inputs: [0], outputs: [1]}),
  );
  writeFileSync(join(path, 'model.json'), JSON.stringify(manifest));
  return path;
}

conformance({
  name: 'the toy of docs/adding-a-delegate.md',
  start: async () => ({delegate: createDelegate(toy, {units: 2}), device: 'unit:1', stop: async () => {}}),
  goldens: [{model: signModel(), error: 0}],
  refused: [sharedData('models', 'hello_world_float.tflite')],
  openings: 100,
});
