import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {movidius} from '../../../delegates/movidius/index.ts';
import {DelegateUnavailableError, ModelUnsupportedError} from '../../../src/error/errors.ts';
import {loadModel} from '../../../src/model/load.ts';
import {elements} from '../../../src/tensor/read.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {pythonEnv} from '../../helpers/python.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {buildOnnx, value} from '../../model/onnx/build-onnx.ts';
import {deviceOf, oneThread, openOn, openvinoFolder, realMovidius} from './openvino-library.ts';

const hosts = new TestHosts();
test.before('fetch the library', async () => void (await openvinoFolder()));
test.after.always(() => hosts.closeAll());

const fastestdet = sharedData('models', 'FastestDet.onnx');

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'dunlin-openvino-'));
  t.teardown(() => rmSync(path, {recursive: true, force: true}));
  return path;
}

/** Copies: the next run overwrites what it returned. */
const copied = (tensors: readonly Tensor[]) => tensors.map(({data}) => Buffer.from(data));

test.serial('the library of PyPI lists the CPU, with its version', async t => {
  const cpu = await deviceOf(await realMovidius(hosts), 'CPU');
  t.is(cpu.problem, undefined);
  t.regex(cpu.facts?.openvino ?? '', /^openvino 20\d\d\.\d+/);
});

const givesSame = test.macro(async (t, device: string) => {
  const model = await loadModel(fastestdet);
  const plain = await openOn(t, await realMovidius(hosts), 'CPU', model);
  const delegate = await realMovidius(hosts, {device, precision: 'f32'});
  const session = await openOn(t, delegate, device, model);
  for (const {inputs} of [plain, session]) inputs[0]!.data.fill(0x3e);
  const expected = copied((await plain.run()).outputs);
  t.deepEqual(copied((await session.run()).outputs), expected);
});

test.serial('AUTO gives what the CPU gives', givesSame, 'AUTO:CPU');
test.serial('HETERO gives what the CPU gives', givesSame, 'HETERO:CPU');
test.serial('MULTI gives what the CPU gives', givesSame, 'MULTI:CPU');

test.serial('compiled models are kept, and a damaged one is compiled anew', async t => {
  const cacheDir = folder(t);
  const model = await loadModel(fastestdet);
  const delegate = createDelegate(movidius, {library: await openvinoFolder()}, {hosts, cacheDir});
  const runs: Buffer[][] = [];
  const open = async () => {
    const session = await delegate.open(model, await deviceOf(delegate, 'CPU'), oneThread);
    session.inputs[0]!.data.fill(0x3e);
    runs.push(copied((await session.run()).outputs));
    await session.close();
  };
  await open();
  const [release] = readdirSync(join(cacheDir, 'openvino'));
  const blobs = join(cacheDir, 'openvino', release!);
  const [blob, ...others] = readdirSync(blobs);
  t.deepEqual(others, []);
  const path = join(blobs, blob!);
  const {ino, size} = statSync(path);
  await open();
  t.deepEqual(statSync(path).ino, ino, 'it was used again');
  for (const damaged of [readFileSync(path).subarray(0, size / 2), Buffer.alloc(size), Buffer.from('no blob')]) {
    rmSync(path);
    writeFileSync(path, damaged);
    await open();
  }
  t.true(statSync(path).size > size / 2);
  for (const run of runs) t.deepEqual(run, runs[0]);
});

test.serial('a model in IR format stands in for the model file', async t => {
  const path = join(folder(t), 'fastestdet.xml');
  const {python} = await pythonEnv('openvino');
  const convert = 'import sys, openvino as ov; ov.save_model(ov.Core().read_model(sys.argv[1]), sys.argv[2], False)';
  await promisify(execFile)(python, ['-c', convert, fastestdet, path]);
  const model = await loadModel(fastestdet);
  const plain = await openOn(t, await realMovidius(hosts), 'CPU', model);
  const session = await openOn(t, await realMovidius(hosts, {ir: {[model.name]: path}}), 'CPU', model);
  for (const {inputs} of [plain, session]) inputs[0]!.data.fill(0x3e);
  const expected = copied((await plain.run()).outputs);
  t.deepEqual(copied((await session.run()).outputs), expected);
});

test.serial('an IR file that is not there, or is another model, is refused', async t => {
  const model = await loadModel(fastestdet);
  const path = join(folder(t), 'missing.xml');
  const delegate = await realMovidius(hosts, {ir: {[model.name]: path}});
  const device = await deviceOf(delegate, 'CPU');
  await t.throwsAsync(delegate.open(model, device, oneThread), {
    instanceOf: ModelUnsupportedError,
    message: /delegates\.movidius\.ir: .*missing\.xml/,
  });
  writeFileSync(path, '<?xml version="1.0"?><net name="x" version="11"></net>');
  await t.throwsAsync(delegate.open(model, device, oneThread), {instanceOf: ModelUnsupportedError});
});

test.serial('outputs whose shape only a run decides are read after it', async t => {
  const path = join(folder(t), 'nonzero.onnx');
  writeFileSync(
    path,
    buildOnnx({
      nodes: [{op: 'NonZero', inputs: ['x'], outputs: ['y']}],
      inputs: [value('x', [1, 6])],
      outputs: [value('y', [2, 'found'], 7)],
    }),
  );
  const session = await openOn(t, await realMovidius(hosts), 'CPU', await loadModel(path));
  const input = new Float32Array(6);
  for (const [values, expected] of [
    [
      [0, 5, 0, 7, 0, 9],
      [1n, 3n, 5n],
    ],
    [[1, 0, 0, 0, 0, 0], [0n]],
  ] as const) {
    input.set(values);
    session.inputs[0]!.data.set(new Uint8Array(input.buffer));
    const [output] = (await session.run()).outputs;
    t.deepEqual(output!.shape, [2, expected.length]);
    const found = new BigInt64Array(output!.data.slice().buffer).slice(expected.length);
    t.deepEqual([...found], [...expected]);
  }
});

test.serial('open dimensions of an input are closed before the model is compiled', async t => {
  const path = join(folder(t), 'relu.onnx');
  const [inputs, outputs] = [[value('x', ['batch', 4])], [value('y', ['batch', 4])]];
  writeFileSync(path, buildOnnx({nodes: [{op: 'Relu', inputs: ['x'], outputs: ['y']}], inputs, outputs}));
  const session = await openOn(t, await realMovidius(hosts), 'CPU', await loadModel(path));
  t.deepEqual(session.inputs[0]!.shape, [1, 4]);
  session.inputs[0]!.data.set(new Uint8Array(Float32Array.of(-1, 2, -3, 4).buffer));
  t.deepEqual([...elements((await session.run()).outputs[0]!)], [0, 2, 0, 4]);
});

test.serial('a property that the device does not know is an error that names it', async t => {
  const delegate = await realMovidius(hosts, {properties: {NO_SUCH_PROPERTY: '1'}});
  const device = await deviceOf(delegate, 'CPU');
  const opening = delegate.open(await loadModel(fastestdet), device, oneThread);
  await t.throwsAsync(opening, {message: /NO_SUCH_PROPERTY/});
});

test.serial('a GPU that is not there is unavailable, not a crash', async t => {
  const delegate = await realMovidius(hosts);
  const opening = delegate.open(await loadModel(fastestdet), {id: 'GPU', name: 'GPU'}, oneThread);
  await t.throwsAsync(opening, {instanceOf: DelegateUnavailableError, message: /lists no such device/});
});
