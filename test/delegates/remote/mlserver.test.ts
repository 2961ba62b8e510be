import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {loadModel} from '../../../src/model/load.ts';
import type {Model} from '../../../src/model/model.ts';
import {packageRoot} from '../../../src/native/package-root.ts';
import {elements} from '../../../src/tensor/read.ts';
import {type CliRun, cli} from '../../helpers/cli.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {keepLog} from '../../helpers/log.ts';
import {freePort} from '../../helpers/mosquitto.ts';
import {pythonEnv} from '../../helpers/python.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {connect, openOn, sessionOptions} from './parts.ts';
import {startPythonServer} from './python-server.ts';

/** A real MLServer that runs the model's file with onnxruntime. */
async function startMlserver(t: ExecutionContext, model: Model): Promise<string> {
  const {python} = await pythonEnv('mlserver');
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-mlserver-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const ports = {host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics};
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({...ports, parallel_workers: 0}));
  const settings = {name: model.name, implementation: 'runtime.OnnxRuntime', parameters: {uri: model.path}};
  writeFileSync(join(folder, 'model-settings.json'), JSON.stringify(settings));
  await startPythonServer(t, {
    program: join(dirname(python), 'mlserver'),
    args: ['start', folder],
    cwd: folder,
    env: {PYTHONPATH: join(packageRoot, 'test', 'delegates', 'remote', 'mlserver')},
    ready: [/Loaded model '.*' successfully/, new RegExp(`Uvicorn running on http://127.0.0.1:${http}`)],
  });
  return `http://127.0.0.1:${http}`;
}

test('a face detector gives on MLServer what it gives on the CPU, in JSON because binary is refused', async t => {
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const url = await startMlserver(t, model);
  const log = keepLog();
  const delegate = connect({url}, {log});
  const session = await openOn(t, delegate, model, {log});
  const [device] = await createDelegate(cpu).probe();
  const local = await createDelegate(cpu).open(model, device!, sessionOptions);
  t.teardown(() => local.close());
  const input = new Float32Array(session.inputs[0]!.data.buffer);
  for (let round = 0; round < 3; round++) {
    for (let at = 0; at < input.length; at++) input[at] = Math.sin(at * 0.001 + round);
    local.inputs[0]!.data.set(session.inputs[0]!.data);
    const [there, here] = [await session.run(), await local.run()];
    t.deepEqual(
      there.outputs.map(({name, dtype, shape}) => ({name, dtype, shape})),
      here.outputs.map(({name, dtype, shape}) => ({name, dtype, shape: [...shape]})),
    );
    for (const [index, output] of there.outputs.entries()) {
      const expected = elements(here.outputs[index]!);
      const worst = Math.max(...Array.from(elements(output), (value, at) => Math.abs(value - expected[at]!)));
      t.true(worst < 1e-5, `${output.name} differs by ${worst}`);
    }
  }
  const config = join(mkdtempSync(join(tmpdir(), 'dunlin-remote-')), 'dunlin.yaml');
  t.teardown(() => rmSync(dirname(config), {recursive: true}));
  writeFileSync(config, `delegates:\n  server: {use: remote, url: "${url}"}\n`);
  const infer = (...place: string[]) =>
    cli('infer', model.path, sharedData('images', 'face.jpg'), '--config', config, '--json', '--delegate', ...place);
  const [onServer, onCpu] = [await infer('server'), await infer('cpu')];
  t.is(onServer.status, 0, onServer.err);
  t.regex(onServer.out, /"label":"face"/);
  t.deepEqual(rounded(onServer), rounded(onCpu));
  t.regex(session.engine, /^mlserver 1\.7\.1 \(JSON\)$/);
  t.is(log.lines.filter(({message}) => message.includes('takes no binary tensors')).length, 1);
});

/** What was seen, without digits that differ between machines. */
function rounded(run: CliRun): unknown {
  const [{result}] = run.json<{result: unknown}>() as [{result: unknown}];
  return JSON.parse(
    JSON.stringify(result, (_key, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value)),
  );
}

test('a model that MLServer does not have, or has otherwise, is told in words', async t => {
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const url = await startMlserver(t, model);
  const [absent] = await connect({url, model: 'absent'}).probe();
  t.regex(
    absent!.problem!.reason,
    /the model absent is not ready on 127\.0\.0\.1:\d+ \(status 404: Model absent not found\)/,
  );
  const other = await loadModel(sharedData('models', 'hello_world_float.tflite'));
  await t.throwsAsync(openOn(t, connect({url, model: model.name}), other), {
    code: 'MODEL_UNSUPPORTED',
    message: /has another model as version-RFB-320: input \S+: FP32 \[1, 1\] is missing there, which has input$/,
  });
});
