import {readFileSync} from 'node:fs';
import test from 'ava';
import {storedCases} from '../../helpers/cases.ts';
import {openHostedModel, sharedModel} from '../../helpers/hosted-session.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {openSession} from '../../helpers/native-session.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const hosts = new TestHosts();
test.after.always(() => hosts.closeAll());

/** One of each kind: one input and several, quantized and float, stateful, with a detection operator, and refused by XNNPACK. */
const names = [
  'ad01__toycar_normal',
  'dilated_conv__random',
  'hello_world_int8__1',
  'keras_lstm_mnist__nine',
  'micro_speech__yes',
  'mobilenet_v1_0.25_128_quant__cat',
  'movie_review__0',
  'split_concat__random',
];

for (const stored of storedCases('.tflite').filter(({case: name}) => names.includes(name))) {
  for (const xnnpack of [true, false]) {
    test(`${stored.case} gives the bytes of this process: XNNPACK ${xnnpack}`, async t => {
      const name = stored.model.replace(/^models\/|\.tflite$/g, '');
      const local = await openSession(name, {xnnpack});
      const hosted = await openHostedModel(hosts, await sharedModel(name), {xnnpack});
      t.teardown(() => Promise.all([local.close(), hosted.close()]));
      for (let round = 0; round < 3; round++) {
        for (const [index, {file}] of stored.inputs.entries()) {
          const bytes = readFileSync(sharedData('expected', file ?? ''));
          for (const session of [local, hosted]) session.inputs[index]!.data.set(bytes);
        }
        await local.run();
        const {outputs} = await hosted.run();
        t.is(outputs.length, local.outputs.length);
        for (const [index, tensor] of local.outputs.entries()) {
          t.deepEqual(outputs[index]!.data, tensor.data, `output ${index}, round ${round}`);
          t.deepEqual([...outputs[index]!.shape], [...tensor.shape]);
        }
      }
    });
  }
}

test('sessions of a key share a process, others have their own', async t => {
  const own = new TestHosts();
  t.teardown(() => own.closeAll());
  const model = await sharedModel('hello_world_int8');
  const sessions = await Promise.all(['usb:0', 'usb:0', 'usb:1'].map(key => openHostedModel(own, model, {key})));
  t.deepEqual(
    [...own.started],
    [
      ['usb:0', 1],
      ['usb:1', 1],
    ],
  );
  await Promise.all(sessions.map(session => session.close()));
});
