import test from 'ava';
import type {ModelMetadata} from '../../../src/kserve/metadata.ts';
import {tensorMetadata} from '../../../src/kserve/metadata.ts';
import {connect, helloWorld, openOn, runWith, serve} from './parts.ts';

const there = (name: string, datatype: string, shape: readonly number[]) => ({name, datatype, shape});

const differs = test.macro<[metadata: (input: string, output: string) => Partial<ModelMetadata>, message: RegExp]>({
  async exec(t, metadata, message) {
    const model = await helloWorld();
    const [input, output] = [model.header.inputs[0]!.name, model.header.outputs[0]!.name];
    const {server} = await serve(t, {model, metadata: metadata(input, output)});
    await t.throwsAsync(openOn(t, connect({url: server.url}), model), {code: 'MODEL_UNSUPPORTED', message});
  },
  title: (title = '') => `a model is refused when the server’s has ${title}`,
});

test(
  'an input of another type',
  differs,
  input => ({inputs: [there(input, 'UINT8', [1, 1])]}),
  /has another model as hello_world_float: input is \S+: UINT8 \[1, 1\] there and \S+: FP32 \[1, 1\] here$/,
);
test(
  'an input of another shape',
  differs,
  input => ({inputs: [there(input, 'FP32', [1, 2])]}),
  /input is \S+: FP32 \[1, 2\] there and \S+: FP32 \[1, 1\] here$/,
);
test(
  'an input of another name',
  differs,
  () => ({inputs: [there('other', 'FP32', [1, 1])]}),
  /input \S+: FP32 \[1, 1\] is missing there, which has other$/,
);
test(
  'more inputs',
  differs,
  input => ({inputs: [there(input, 'FP32', [1, 1]), there('b', 'FP32', [1])]}),
  /it has 2 inputs there \(\S+, b\) and 1 here$/,
);
test(
  'an output of a type that we lack',
  differs,
  (_input, output) => ({outputs: [there(output, 'BYTES', [1, 1])]}),
  /output is \S+: BYTES \[1, 1\] there/,
);

test('a dynamic dimension agrees with any, and its number comes from the side that knows it', async t => {
  const model = await helloWorld();
  const [input] = model.header.inputs;
  const open = {...tensorMetadata(input!), shape: [-1, 1]};
  const {server} = await serve(t, {model, metadata: {inputs: [open]}});
  t.is(await runWith(await openOn(t, connect({url: server.url}), model), 1), 2);
  const dynamic = {...model, header: {...model.header, inputs: [{...input!, shape: [-1, -1]}]}};
  const wide = await serve(t, {model, metadata: {inputs: [{...open, shape: [-1, 5]}]}});
  const session = await openOn(t, connect({url: wide.server.url}), dynamic);
  t.deepEqual(session.inputs[0]!.shape, [1, 5]);
});

test('a server that lists no tensors is believed to have the model', async t => {
  const {server, model} = await serve(t, {metadata: {inputs: [], outputs: []}});
  t.is(await runWith(await openOn(t, connect({url: server.url}), model), 1), 2);
});
