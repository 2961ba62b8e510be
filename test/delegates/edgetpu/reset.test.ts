import {mkdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {DelegateUnavailableError} from '../../../src/error/errors.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {EdgetpuDouble} from '../../helpers/edgetpu-double.ts';
import {keepLog} from '../../helpers/log.ts';
import {sharedData} from '../../helpers/shared-data.ts';

/** A stick whose device node is a plain file: the kernel refuses to reset that, which shows that it was asked. */
async function start(t: ExecutionContext) {
  const double = await EdgetpuDouble.start();
  t.teardown(() => double.stop());
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(double.sysroot, path)), {recursive: true});
    await writeFile(join(double.sysroot, path), text);
  };
  await write('/sys/bus/usb/devices/1-1/busnum', '1\n');
  await write('/sys/bus/usb/devices/1-1/devnum', '4\n');
  await write('/dev/bus/usb/001/004', '');
  const log = keepLog();
  const delegate = double.delegate({}, {log});
  const model = await loadModel(sharedData('models', 'edgetpu', 'split_concat_edgetpu.tflite'));
  const open = async () => {
    const [device] = await delegate.probe();
    const session = await delegate.open(model, device!, {threads: 1, xnnpack: false, log: silentLog});
    await session.close();
  };
  const fail = () => t.throwsAsync(open(), {instanceOf: DelegateUnavailableError});
  const resets = () => log.lines.filter(({message}) => message.includes('USB port'));
  return {double, write, open, fail, resets};
}

test.serial('a stick that cannot be opened three times in a row has its port reset', async t => {
  const {double, fail, resets} = await start(t);
  await double.control('fail=open');
  await fail();
  await fail();
  t.deepEqual(resets(), []);
  await fail();
  t.is(resets().length, 1);
  t.like(resets()[0], {level: 'warn', message: 'its USB port could not be reset'});
  t.regex(JSON.stringify(resets()[0]!.fields), /001\/004: Inappropriate ioctl for device/);
});

test.serial('an opening that works starts the count anew', async t => {
  const {double, open, fail, resets} = await start(t);
  await double.control('fail=open');
  await fail();
  await fail();
  await double.control();
  await open();
  await double.control('fail=open');
  await fail();
  await fail();
  t.deepEqual(resets(), []);
});

test.serial('a stick that another process has is left alone', async t => {
  const {double, write, fail, resets} = await start(t);
  await write('/sys/bus/usb/drivers/usbfs/1-1:1.0', '');
  await double.control('fail=open');
  for (let count = 0; count < 6; count++) await fail();
  t.deepEqual(resets(), []);
  await rm(join(double.sysroot, '/sys/bus/usb/drivers'), {recursive: true});
});
