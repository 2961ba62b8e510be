import test from 'ava';
import {dunlinVersion} from '../../src/native/package-root.ts';
import {json, startServing} from '../helpers/serving.ts';
import {sharedData} from '../helpers/shared-data.ts';

const add = sharedData('models', 'simple_add_model.tflite');
const sine = sharedData('models', 'hello_world_int8.tflite');
const split = sharedData('models', 'split_concat.tflite');

const serving = await startServing({models: {sine: {model: sine}, add: {model: add}, split: {model: split}}});
test.before(async () => {
  for (const model of ['sine', 'add', 'split']) await serving.opened(model);
});
test.after.always(() => serving.stop());

const routes: readonly (readonly [string, number, object])[] = [
  ['/v2', 200, {name: 'dunlin', version: dunlinVersion(), extensions: ['binary_tensor_data']}],
  ['/v2/health/live', 200, {live: true}],
  ['/v2/health/ready', 200, {ready: true}],
  ['/v2/models/sine/ready', 200, {name: 'sine', ready: true}],
  ['/v2/models/sine/versions/1/ready', 200, {name: 'sine', ready: true}],
  [
    '/v2/models/sine',
    200,
    {
      name: 'sine',
      versions: ['1'],
      platform: 'tensorflow_lite',
      inputs: [{name: 'serving_default_dense_input:0', datatype: 'INT8', shape: [1, 1]}],
      outputs: [{name: 'StatefulPartitionedCall:0', datatype: 'INT8', shape: [1, 1]}],
    },
  ],
  ['/v2/models/none', 404, {error: 'there is no model "none"; served are: sine, add, split'}],
  ['/v2/models/sine/versions/2', 404, {error: 'model "sine" has no version "2"; served is 1'}],
  ['/v2/models/sine/versions/2/ready', 404, {error: 'model "sine" has no version "2"; served is 1'}],
  ['/v2/models/__proto__', 404, {error: 'there is no model "__proto__"; served are: sine, add, split'}],
  ['/v2/models', 404, {error: 'there is no GET /v2/models'}],
  ['/v2/models/sine/infer?token=secret', 404, {error: 'there is no GET /v2/models/sine/infer'}],
  ['/', 404, {error: 'there is no GET /'}],
];
for (const [path, status, body] of routes) {
  test(`GET ${path} answers ${status}`, async t => {
    const answer = await fetch(serving.url + path);
    t.is(answer.status, status);
    t.regex(answer.headers.get('content-type') ?? '', /^application\/json/);
    t.deepEqual(await json(answer), body);
  });
}

/** Posts to a model, as JSON unless the body is bytes. */
function infer(model: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const bytes = body instanceof Uint8Array ? body : JSON.stringify(body);
  return fetch(`${serving.url}/v2/models/${model}/infer`, {method: 'POST', body: bytes, headers});
}

/** The JSON part of a binary message, and its tensors' bytes. */
function binary(head: object, ...tensors: readonly Uint8Array[]): [Uint8Array, Record<string, string>] {
  const json = Buffer.from(JSON.stringify(head));
  return [Buffer.concat([json, ...tensors]), {'Inference-Header-Content-Length': String(json.length)}];
}

// The model computes sin(x) in int8: 2π at 255 steps in, −1 to 1 at 255 steps out. −128 is x = 0.
const zero = {name: 'serving_default_dense_input:0', datatype: 'INT8', shape: [1, 1]};
const sineOfZero = 'StatefulPartitionedCall:0';

test('a JSON request gets a JSON answer with its id', async t => {
  const answer = await infer('sine', {id: 'mine', parameters: {any: 1}, inputs: [{...zero, data: [-128]}]});
  t.is(answer.status, 200);
  t.is(answer.headers.get('content-type'), 'application/json');
  t.is(answer.headers.get('inference-header-content-length'), null);
  const outputs = [{name: sineOfZero, shape: [1, 1], datatype: 'INT8', data: [4]}];
  t.deepEqual(await json(answer), {model_name: 'sine', model_version: '1', id: 'mine', outputs});
});

test('nested data and a version in the path do as well', async t => {
  const url = `${serving.url}/v2/models/sine/versions/1/infer`;
  const answer = await fetch(url, {method: 'POST', body: JSON.stringify({inputs: [{...zero, data: [[-128]]}]})});
  t.like(await json(answer), {outputs: [{data: [4]}]});
});

test('binary tensors come back when asked for', async t => {
  const [body, headers] = binary(
    {
      inputs: [{...zero, parameters: {binary_data_size: 1}}],
      outputs: [{name: sineOfZero, parameters: {binary_data: true}}],
    },
    Uint8Array.of(0x80),
  );
  const answer = await infer('sine', body, headers);
  t.is(answer.status, 200);
  t.is(answer.headers.get('content-type'), 'application/octet-stream');
  const length = Number(answer.headers.get('inference-header-content-length'));
  const bytes = Buffer.from(await answer.arrayBuffer());
  t.deepEqual(JSON.parse(bytes.subarray(0, length).toString()), {
    model_name: 'sine',
    model_version: '1',
    outputs: [{name: sineOfZero, shape: [1, 1], datatype: 'INT8', parameters: {binary_data_size: 1}}],
  });
  t.deepEqual([...bytes.subarray(length)], [4]);
});

test('a raw request is the data of the only input', async t => {
  const answer = await infer('sine', Uint8Array.of(0x80), {'Inference-Header-Content-Length': '0'});
  const bytes = Buffer.from(await answer.arrayBuffer());
  t.is(bytes.at(-1), 4);
});

test('only the outputs that are named come back, in that order, each as asked', async t => {
  const {inputs, outputs} = await json<{inputs: {name: string; shape: number[]}[]; outputs: {name: string}[]}>(
    fetch(`${serving.url}/v2/models/split`),
  );
  t.is(outputs.length, 5);
  const data = inputs.map(({shape}) => new Uint8Array(shape.reduce((product, size) => product * size, 1)).fill(7));
  const [body, headers] = binary(
    {
      inputs: inputs.map((input, index) => ({...input, parameters: {binary_data_size: data[index]!.length}})),
      outputs: [{name: outputs[3]!.name}, {name: outputs[1]!.name, parameters: {binary_data: true}}],
    },
    ...data,
  );
  const answer = await infer('split', body, headers);
  t.is(answer.status, 200);
  const length = Number(answer.headers.get('inference-header-content-length'));
  const head = JSON.parse(
    Buffer.from(await answer.arrayBuffer())
      .subarray(0, length)
      .toString(),
  );
  t.deepEqual(
    head.outputs.map((output: {name: string; data?: unknown}) => [output.name, Array.isArray(output.data)]),
    [
      [outputs[3]!.name, true],
      [outputs[1]!.name, false],
    ],
  );
});

const input = '"serving_default_dense_input:0"';
const takes = 'model "sine" takes serving_default_dense_input:0: INT8 [1, 1]. Send what the model takes.';
const refused: readonly (readonly [string, object, string])[] = [
  ['an input is missing', {inputs: []}, `inputs: input ${input} is missing; ${takes}`],
  [
    'an input is unknown',
    {
      inputs: [
        {...zero, data: [0]},
        {...zero, name: 'x', data: [0]},
      ],
    },
    `inputs: there is no input "x"; ${takes}`,
  ],
  [
    'the datatype is another',
    {inputs: [{...zero, datatype: 'FP32', data: [0]}]},
    `inputs: input ${input} is sent as FP32 [1, 1]; ${takes}`,
  ],
  [
    'the shape is another',
    {inputs: [{...zero, shape: [2, 1], data: [0, 0]}]},
    `inputs: input ${input} is sent as INT8 [2, 1]; ${takes}`,
  ],
  [
    'an output is unknown',
    {inputs: [{...zero, data: [0]}], outputs: [{name: 'y'}]},
    'outputs: the model has no output "y". Outputs are StatefulPartitionedCall:0.',
  ],
  [
    'an output is named twice',
    {inputs: [{...zero, data: [0]}], outputs: [{name: sineOfZero}, {name: sineOfZero}]},
    'outputs: "StatefulPartitionedCall:0" is named twice. Outputs are StatefulPartitionedCall:0.',
  ],
];
for (const [what, body, error] of refused) {
  test(`a request is refused with what the model takes when ${what}`, async t => {
    const answer = await infer('sine', body);
    t.is(answer.status, 400);
    t.deepEqual(await json(answer), {error});
  });
}

test('a raw request to a model with two inputs is refused', async t => {
  const answer = await infer('add', Uint8Array.of(1), {'Inference-Header-Content-Length': '0'});
  t.is(answer.status, 400);
  t.regex((await json<{error: string}>(answer)).error, /^a raw request needs a model with one input, this one has 2/);
});
