import {createHash} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {loadModel} from '../../../src/model/load.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {startServing} from '../../helpers/serving.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {connect, openOn, sessionOptions} from './parts.ts';

const token = 'a-token-of-enough-length';
const folder = mkdtempSync(join(tmpdir(), 'dunlin-remote-serving-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, token, {mode: 0o600});
const files = {
  classifier: sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'),
  detector: sharedData('models', 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite'),
  faces: sharedData('models', 'version-RFB-320.onnx'),
};
const serving = await startServing({
  tokenFile,
  models: Object.fromEntries(
    Object.entries(files).map(([name, model]) => [name, {model, threads: sessionOptions.threads}]),
  ),
});
await Promise.all(Object.keys(files).map(name => serving.opened(name)));
test.after.always(async () => {
  await serving.stop();
  rmSync(folder, {recursive: true});
});

const asOnTheCpu = test.macro<[name: keyof typeof files, binary: 'auto' | 'never']>({
  async exec(t, name, binary) {
    const model = await loadModel(files[name]);
    const [device] = await createDelegate(cpu).probe();
    const local = await createDelegate(cpu).open(model, device!, sessionOptions);
    t.teardown(() => local.close());
    const session = await openOn(
      t,
      connect({url: serving.url, model: name, binary, bearerTokenFile: tokenFile}),
      model,
    );
    for (const [index, {data, dtype}] of session.inputs.entries()) {
      if (dtype === 'float32') {
        const values = new Float32Array(data.buffer);
        for (let at = 0; at < values.length; at++) values[at] = Math.sin(at * 0.01);
      } else {
        for (let at = 0; at < data.length; at++) data[at] = (at * 31) % 256;
      }
      local.inputs[index]!.data.set(data);
    }
    const [there, here] = [await session.run(), await local.run()];
    const plain = ({outputs}: typeof there) =>
      outputs.map(({name: output, shape, data}) => ({
        output,
        shape: [...shape],
        sha256: createHash('sha256').update(data).digest('hex'),
      }));
    t.deepEqual(plain(there), plain(here));
    t.regex(session.engine, /^dunlin /i);
  },
  title: (_title, name, binary) =>
    `${name} on another Dunlin gives the same bytes as here, ${binary === 'never' ? 'in JSON' : 'in binary'}`,
});

test(asOnTheCpu, 'classifier', 'auto');
test(asOnTheCpu, 'classifier', 'never');
test(asOnTheCpu, 'detector', 'auto');
test(asOnTheCpu, 'detector', 'never');
test(asOnTheCpu, 'faces', 'auto');
test(asOnTheCpu, 'faces', 'never');

test('another Dunlin asks for its token', async t => {
  const [device] = await connect({url: serving.url}).probe();
  t.is(device!.problem!.reason, `127.0.0.1:${serving.port} refuses us (status 401)`);
});

test('a model that another Dunlin does not serve is told', async t => {
  const [device] = await connect({url: serving.url, model: 'other', bearerTokenFile: tokenFile}).probe();
  t.regex(device!.problem!.reason, /^the model other is not ready on 127\.0\.0\.1:\d+ \(status 404: /);
});
