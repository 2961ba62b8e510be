import test, {type ExecutionContext} from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import type {Delegate, Session} from '../../../src/delegate/contract.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadVariants} from '../../../src/model/variants.ts';
import {fillInputs} from '../../conformance/inputs.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {EdgetpuDouble, type EdgetpuDoubleOptions} from '../../helpers/edgetpu-double.ts';
import {openRuntime} from '../../helpers/runtimes.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const options = {threads: 1, xnnpack: false, log: silentLog};
const twins = ['mobilenet_v1_0.25_128_quant', 'keras_lstm_mnist_ptq', 'split_concat'];
const twinPaths = twins.map(name => sharedData('models', `${name}.tflite`));
const compiled = (name: string) => loadVariants(sharedData('models', 'edgetpu', `${name}_edgetpu.tflite`));

async function start(t: ExecutionContext, settings: EdgetpuDoubleOptions = {}): Promise<EdgetpuDouble> {
  const double = await EdgetpuDouble.start({twins: twinPaths, ...settings});
  t.teardown(() => double.stop());
  return double;
}

async function outputsOf(session: Session, seed: number): Promise<Buffer[]> {
  fillInputs(session.inputs, seed);
  return (await session.run()).outputs.map(({data}) => Buffer.from(data));
}

const isClosing = (line: string) => line.startsWith('closes');

/** The device by its id, or the first. */
async function open(delegate: Delegate, name: string, id?: string): Promise<Session> {
  const devices = await delegate.probe();
  const device = id === undefined ? devices[0] : devices.find(one => one.id === id);
  if (device === undefined) throw new Error(`no device ${id}`);
  return delegate.open((await compiled(name)).for('edgetpu'), device, options);
}

for (const version of ['2.18.0', '2.21.0'] as const) {
  for (const name of twins) {
    test.serial(`${name}, compiled, gives on TFLite ${version} what its twin gives on the CPU`, async t => {
      process.env.DUNLIN_TFLITE_LIBRARY = (await openRuntime(version)).path;
      const double = await start(t, {version});
      const session = await open(double.delegate(), name);
      const oracle = await createDelegate(cpu).open(
        (await compiled(name)).for('cpu'),
        {id: 'cpu', name: 'cpu'},
        {...options, xnnpack: true},
      );

      for (const seed of [1, 2, 3]) t.deepEqual(await outputsOf(session, seed), await outputsOf(oracle, seed));
      t.is(session.engine, `tflite ${version} + edgetpu`);
      await Promise.all([session.close(), oracle.close()]);
    });
  }
}

test.serial('the rest of a model that is compiled in part runs beside it, on XNNPACK', async t => {
  const double = await start(t, {twins: []});
  const delegate = double.delegate();
  const [device] = await delegate.probe();
  const model = (await compiled('deeplabv3_mnv2_dm05_pascal_quant')).for('edgetpu');
  const session = await delegate.open(model, device ?? t.fail(), {...options, xnnpack: true});
  t.teardown(() => session.close());

  const [labels] = await outputsOf(session, 1);
  t.is(labels?.length, 513 * 513 * 8);
  t.regex(session.engine, /xnnpack \+ edgetpu$/);
});

test.serial('the library gets its options, with the device by index', async t => {
  const double = await start(t, {devices: ['usb:1-1', 'usb:2-1']});
  const delegate = double.delegate({performance: 'Low', usbAlwaysDfu: true, usbMaxBulkInQueueLength: 16});
  const session = await open(delegate, 'split_concat', 'usb:1');
  await session.close();

  t.deepEqual(await double.logUntil(({length}) => length === 2), [
    'opens /sys/bus/usb/devices/2-1 Performance=Low Usb.AlwaysDfu=True Usb.MaxBulkInQueueLength=16',
    'closes /sys/bus/usb/devices/2-1',
  ]);
});

test.serial('a stick is found by its place, however the library orders its list', async t => {
  const double = await start(t, {devices: ['usb:2-1', 'pci:1', 'usb:1-1', 'pci:0']});
  const delegate = double.delegate();
  for (const id of ['usb:0', 'usb:1', 'pci:0', 'pci:1']) await (await open(delegate, 'split_concat', id)).close();

  t.deepEqual(
    (await double.log()).filter(line => line.startsWith('opens')).map(line => line.split(' ')[1]),
    ['/sys/bus/usb/devices/1-1', '/sys/bus/usb/devices/2-1', '/dev/apex_0', '/dev/apex_1'],
  );
});

test.serial('several models share one device, whose process opens it once', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const sessions = await Promise.all(twins.map(name => open(delegate, name)));
  t.teardown(() => Promise.all(sessions.map(session => session.close())));
  const alone = await Promise.all(sessions.map((session, index) => outputsOf(session, index)));
  const mixed = await Promise.all(sessions.map((session, index) => outputsOf(session, index)));

  t.deepEqual(mixed, alone);
  t.is([...double.hosts.started.values()].join(), '1');
  t.deepEqual(
    (await double.log()).map(line => line.split(' ')[0]),
    ['opens', 'shares', 'shares'],
  );
});

test.serial('sessions that name no device spread over all', async t => {
  const double = await start(t, {devices: ['usb:1-1', 'usb:2-1', 'pci:0']});
  const delegate = double.delegate();
  const sessions: Session[] = [];
  for (const _ of [1, 2, 3, 4]) sessions.push(await open(delegate, 'split_concat'));
  t.teardown(() => Promise.all(sessions.map(session => session.close())));

  t.deepEqual(
    (await double.log()).map(line => line.split(' ').slice(0, 2).join(' ')),
    ['opens /dev/apex_0', 'opens /sys/bus/usb/devices/1-1', 'opens /sys/bus/usb/devices/2-1', 'shares /dev/apex_0'],
  );
});

test.serial('closing twice, and closing under way, leaves the device free', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const session = await open(delegate, 'split_concat');
  const running = session.run();
  await Promise.all([session.close(), session.close()]);
  await running.catch(() => undefined);
  await session.close();
  const again = await open(delegate, 'split_concat');
  await again.close();

  const log = await double.logUntil(lines => lines.at(-1)?.startsWith('closes') === true);
  t.is(log.filter(isClosing).length, log.filter(line => line.startsWith('opens')).length);
});

test.serial('a device opened and closed 1,000 times is left as it was', async t => {
  const double = await start(t);
  const delegate = double.delegate();
  const [device] = await delegate.probe();
  const model = (await compiled('split_concat')).for('edgetpu');
  for (let round = 0; round < 1000; round++) {
    await (await delegate.open(model, device ?? t.fail(), options)).close();
  }

  // A closing that is still under way is joined by the next opening.
  const log = await double.logUntil(lines => lines.at(-1)?.startsWith('closes') === true);
  t.is(log.filter(line => !isClosing(line)).length, 1000);
  t.is(double.hosts.started.get('edgetpu /sys/bus/usb/devices/1-1'), 1);
});
