import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {Keeper} from '../../../src/engine/keeper.ts';
import {defaultFailover} from '../../../src/engine/options.ts';
import {loadModel} from '../../../src/model/load.ts';
import {systemClock} from '../../../src/source/clock.ts';
import {jpegFrame} from '../../conformance/inputs.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {rig} from './setup.ts';

test('frames run on the CPU while the engine is built, then on the GPU, and on the CPU again when that crashes', async t => {
  const held = await rig(t);
  await held.build('delayMs=1500');
  const model = await loadModel(sharedData('models', 'version-RFB-320.onnx'));
  const delegates = {jetson: held.delegate, cpu: createDelegate(cpu)};
  const table = {
    names: Object.keys(delegates),
    load: async (name: string) => delegates[name as keyof typeof delegates],
  };
  const keeper = await Keeper.start(
    {
      models: {primary: model, for: () => model},
      table,
      session: {threads: 1, xnnpack: true, log: held.log},
      prove: async () => {},
      order: ['jetson', 'cpu'],
      policy: defaultFailover,
      clock: systemClock,
      log: held.log,
      memory: async () => ({totalBytes: 2 ** 33, availableBytes: 2 ** 33}),
      changed: () => {},
    },
    new AbortController().signal,
  );
  t.teardown(() => keeper.close());
  const frame = await jpegFrame();
  let sequence = 0;
  const next = async () => {
    const ran = await keeper.run({...frame, sequence: sequence++, capturedAtNs: process.hrtime.bigint()});
    return {at: ran?.opened.delegate, scores: Buffer.from(ran!.result.outputs[0]!.data).toString('base64')};
  };
  const first = await next();
  t.is(first.at, 'cpu');
  t.regex(
    keeper.placement.why,
    /jetson passed over: jetson gpu:0: the TensorRT engine is being built \(\d+ s of about/,
  );
  let last = first;
  while (last.at === 'cpu') last = await next();
  t.deepEqual(last, {at: 'jetson', scores: first.scores});
  await held.control('crash=run');
  const startedAt = performance.now();
  t.deepEqual(await next(), first);
  t.true(performance.now() - startedAt < 1000);
  await held.control();
  while (last.at === 'jetson') last = await next();
  while (last.at === 'cpu') last = await next();
  t.is(await held.builds(), 1);
});
