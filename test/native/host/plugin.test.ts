import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {openHostedModel, sharedModel} from '../../helpers/hosted-session.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {openSession} from '../../helpers/native-session.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const plugin = buildDouble('edgetpu-abi29-delegate');
const tflite = buildDouble('tflite-double');
test.after.always(async () => {
  for (const library of [await plugin, await tflite]) await rm(path.dirname(library), {recursive: true});
});

for (const version of ['2.21.0', '2.18.0'] as const) {
  test(`an external delegate gets its options and computes as in this process: ${version}`, async t => {
    const name = 'edgetpu/mobilenet_v1_0.25_128_quant_edgetpu';
    const hosts = new TestHosts();
    t.teardown(() => hosts.closeAll());
    const delegates = [{path: await plugin, options: [['offset', '9']] as const}];
    const local = await openSession(name, {xnnpack: true, delegates}, version);
    const hosted = await openHostedModel(hosts, await sharedModel(name), {
      version,
      engine: [
        ['plugin', await plugin],
        ['plugin.offset', '9'],
      ],
    });
    const pixels = Uint8Array.from({length: 128 * 128 * 3}, (_, index) => index);
    for (const {inputs} of [local, hosted]) inputs[0]!.data.set(pixels);
    await local.run();
    const {outputs} = await hosted.run();
    t.deepEqual(outputs[0]!.data, local.outputs[0]!.data);
    t.true(outputs[0]!.data.some(value => value > 0));
    t.is(hosted.engine, `tflite ${version} + xnnpack`);
    await Promise.all([local.close(), hosted.close()]);
  });
}

test('a delegate that cannot be made says why', async t => {
  const hosts = new TestHosts();
  t.teardown(() => hosts.closeAll());
  const model = await sharedModel('hello_world_int8');
  await t.throwsAsync(openHostedModel(hosts, model, {engine: [['plugin', '/nowhere/libedgetpu.so.1']]}), {
    code: 'DELEGATE_UNAVAILABLE',
    message: /^test device: .*libedgetpu.so.1: cannot open shared object file/,
  });
});

test('a device whose runs fail twice is lost, and its process ends with a status of its own', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-plugin-'));
  const control = path.join(folder, 'control');
  await writeFile(control, 'fail=run');
  const host = RawHost.tflite(await tflite, {DUNLIN_DOUBLE_CONTROL: control});
  const addon = loadNative();
  const lane = addon.laneCreate('plugin');
  t.teardown(async () => {
    await addon.laneClose(lane);
    await host.stop();
    await rm(folder, {recursive: true});
  });
  const {session} = await host.open(lane, 'double', {options: [['plugin', await plugin]]});
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'RUN', message: /the library gave no reason/});
  await t.throwsAsync(addon.laneSubmit(lane, {session}), {code: 'LOST', message: /the library gave no reason/});
  t.deepEqual(await host.exited, [75, null]);
  t.regex(host.printed, /dunlin-host: the device is gone: the library gave no reason/);
});
