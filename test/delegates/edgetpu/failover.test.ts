import test from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import {edgetpu} from '../../../delegates/edgetpu/index.ts';
import {createDelegateTable} from '../../../src/delegate/registry.ts';
import {Keeper} from '../../../src/engine/keeper.ts';
import {defaultFailover} from '../../../src/engine/options.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadVariants} from '../../../src/model/variants.ts';
import {systemClock} from '../../../src/source/clock.ts';
import {fillInputs} from '../../conformance/inputs.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {EdgetpuDouble} from '../../helpers/edgetpu-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const twin = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const compiled = sharedData('models', 'edgetpu', 'mobilenet_v1_0.25_128_quant_edgetpu.tflite');
const session = {threads: 1, xnnpack: true, log: silentLog};

async function oracle(): Promise<Buffer> {
  const models = await loadVariants(compiled);
  const opened = await createDelegate(cpu).open(models.for('cpu'), {id: 'cpu', name: 'cpu'}, session);
  fillInputs(opened.inputs, 1);
  const {outputs} = await opened.run();
  const kept = Buffer.from(outputs[0]!.data);
  await opened.close();
  return kept;
}

test('sticks are pulled and put back: every frame gets the same answer, from the best place there is', async t => {
  const double = await EdgetpuDouble.start({devices: ['usb:1-1', 'usb:2-1'], twins: [twin]});
  t.teardown(() => double.stop());
  const settings = {edgetpu: {use: 'edgetpu', options: {library: double.library}}};
  const context = {sysroot: double.sysroot, cacheDir: '', hosts: double, log: silentLog};
  const keeper = await Keeper.start(
    {
      models: await loadVariants(compiled),
      table: createDelegateTable({edgetpu: async () => edgetpu, cpu: async () => cpu}, settings, context),
      session,
      prove: async () => {},
      order: ['edgetpu', 'cpu'],
      policy: {...defaultFailover, retryFirstMs: 20, retryMostMs: 40, settledAfterMs: 0},
      clock: systemClock,
      log: silentLog,
      memory: async () => ({totalBytes: 2 ** 33, availableBytes: 2 ** 33}),
      changed: () => {},
    },
    new AbortController().signal,
  );
  t.teardown(() => keeper.close());
  const expected = await oracle();
  let longestMs = 0;
  /** Runs frames until one was made at this place. */
  const untilAt = async (place: string) => {
    for (let at = ''; at !== place; ) {
      const startedAt = performance.now();
      const ran = await keeper.runFilled(inputs => fillInputs(inputs, 1));
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      t.deepEqual(Buffer.from(ran!.result.outputs[0]!.data), expected);
      at = ran!.opened.device.name;
    }
  };
  const [first, second] = ['Edge TPU on USB 1-1', 'Edge TPU on USB 2-1'];
  const {device} = keeper.placement;

  await untilAt(first);
  await double.pullOut('usb:1-1');
  double.hosts.running('edgetpu /sys/bus/usb/devices/1-1').kill();
  await untilAt(second);
  await double.pullOut('usb:2-1');
  double.hosts.running('edgetpu /sys/bus/usb/devices/2-1').kill();
  await untilAt((await createDelegate(cpu).probe())[0]!.name);
  await double.plugIn('usb:2-1');
  await untilAt(second);
  t.is(device.name, first);
  t.log(`longest frame ${longestMs.toFixed(1)} ms`);
  t.true(longestMs < 1000, `a frame took ${longestMs} ms`);
});
