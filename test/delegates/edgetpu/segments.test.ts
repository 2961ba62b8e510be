import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {cpu} from '../../../delegates/cpu/index.ts';
import type {Session} from '../../../src/delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadVariants, type ModelVariants} from '../../../src/model/variants.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {EdgetpuDouble, type FakeEdgetpu} from '../../helpers/edgetpu-double.ts';
import {type TinyOperator, type TinyTensor, tinyTflite} from '../../helpers/tiny-tflite.ts';

const options = {threads: 1, xnnpack: false, log: silentLog};

// The model: t2 = t0 + t1, t3 = t2 twice in a row. It is cut between the two.
const tensors: readonly TinyTensor[] = [
  {shape: [1, 8]},
  {shape: [1, 8], constant: Float32Array.from({length: 8}, (_, index) => index / 4)},
  {shape: [1, 8]},
  {shape: [1, 16]},
];
const none = {byte: 0};
const add: TinyOperator = {code: 0, inputs: [0, 1], outputs: [2], options: {type: 11, fields: [none, none]}};
const twice: TinyOperator = {code: 2, inputs: [2, 2], outputs: [3], options: {type: 10, fields: [1, none]}};
const onChip = (input: number, output: number): TinyOperator => ({
  code: 32,
  custom: {name: 'edgetpu-custom-op', options: Buffer.from('segment')},
  inputs: [input],
  outputs: [output],
});

const files = {
  'cpu.tflite': tinyTflite({tensors, operators: [add, twice], inputs: [0], outputs: [3]}),
  'add.tflite': tinyTflite({tensors, operators: [add], inputs: [0], outputs: [2]}),
  'twice.tflite': tinyTflite({tensors, operators: [twice], inputs: [2], outputs: [3]}),
  's0_edgetpu.tflite': tinyTflite({tensors, operators: [onChip(0, 2)], inputs: [0], outputs: [2]}),
  's1_edgetpu.tflite': tinyTflite({tensors, operators: [onChip(2, 3)], inputs: [2], outputs: [3]}),
};
const manifest = {
  name: 'cut',
  task: 'tensor',
  family: 'raw',
  variants: {cpu: {file: 'cpu.tflite'}, edgetpu: {segments: ['s0_edgetpu.tflite', 's1_edgetpu.tflite']}},
  inputs: [{index: 0, role: 'tensor'}],
  outputs: [{index: 0, role: 'ignored'}],
};

interface Bench {
  readonly double: EdgetpuDouble;
  readonly models: ModelVariants;
  open(): Promise<Session>;
}

async function start(t: ExecutionContext, devices: readonly FakeEdgetpu[]): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-segments-'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest));
  const twins = ['add.tflite', 'twice.tflite'].map(name => join(folder, name));
  const double = await EdgetpuDouble.start({devices, twins});
  t.teardown(() => double.stop());
  t.teardown(() => rmSync(folder, {recursive: true}));
  const models = await loadVariants(folder);
  const delegate = double.delegate();
  return {
    double,
    models,
    async open() {
      const model = models.for('edgetpu');
      const [device] = await delegate.probe();
      t.is(delegate.unsupportedReason(model, device ?? t.fail()), undefined);
      const session = await delegate.open(model, device ?? t.fail(), options);
      t.teardown(() => session.close());
      return session;
    },
  };
}

async function outputOf(session: Session, start: number): Promise<number[]> {
  const {data} = session.inputs[0]!;
  new Float32Array(data.buffer, data.byteOffset, 8).set(Array.from({length: 8}, (_, index) => start + index));
  const [output] = (await session.run()).outputs;
  return [...new Float32Array(output!.data.slice().buffer)];
}

test.serial('segments on two devices give what the whole model gives on the CPU', async t => {
  const {double, models, open} = await start(t, ['usb:1-1', 'pci:0']);
  const session = await open();
  const oracle = await createDelegate(cpu).open(models.for('cpu'), {id: 'cpu', name: 'cpu'}, options);
  t.teardown(() => oracle.close());

  for (const start of [0, 5, -3]) t.deepEqual(await outputOf(session, start), await outputOf(oracle, start));
  t.regex(session.engine, / × 2$/);
  t.deepEqual(
    (await double.log()).map(line => line.split(' ').slice(0, 2).join(' ')),
    ['opens /dev/apex_0', 'opens /sys/bus/usb/devices/1-1'],
  );
});

test.serial('fewer devices than segments is unavailable, and says how many are needed', async t => {
  const {open} = await start(t, ['usb:1-1']);

  await t.throwsAsync(open(), {
    instanceOf: DelegateUnavailableError,
    message: 'edgetpu: cut is cut into 2 segments and needs as many Edge TPUs, 1 can be used',
  });
});

test.serial('losing one of the devices loses the session', async t => {
  const {double, open} = await start(t, ['usb:1-1', 'usb:2-1']);
  const session = await open();
  await outputOf(session, 1);
  const host = double.hosts.running('edgetpu /sys/bus/usb/devices/2-1');
  host.kill();
  await host.exited;

  await t.throwsAsync(outputOf(session, 1), {instanceOf: DeviceLostError});
  await t.notThrowsAsync(session.close());
});

test.serial('a segment that cannot be opened frees the others', async t => {
  const {double, open} = await start(t, ['usb:1-1']);
  await double.plugIn('usb:2-1'); // in the fake system, but not in the library's list

  await t.throwsAsync(open(), {
    instanceOf: DelegateUnavailableError,
    message: /^edgetpu usb:1: .* sees no Edge TPU at \/sys\/bus\/usb\/devices\/2-1 now/,
  });
  const log = await double.logUntil(({length}) => length === 2);
  t.is(log[1], 'closes /sys/bus/usb/devices/1-1');
});
