import {MessageChannel} from 'node:worker_threads';
import test from 'ava';
import {startHosts} from '../../../src/daemon/hosts.ts';
import {connectHosts, serveHosts} from '../../../src/daemon/hosts-port.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import {loadNative} from '../../../src/native/load.ts';
import {EdgetpuDouble} from '../../helpers/edgetpu-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';

const options = {threads: 1, xnnpack: false, log: silentLog};

test('three pipelines that start together on two devices use both', async t => {
  const double = await EdgetpuDouble.start({devices: ['usb:1-1', 'usb:2-1']});
  t.teardown(() => double.stop());
  Object.assign(process.env, double.env); // of this test file's own thread
  const supervisor = startHosts(silentLog);
  t.teardown(() => supervisor.close());
  const model = await loadModel(sharedData('models', 'edgetpu', 'split_concat_edgetpu.tflite'));
  /** As a pipeline's thread reaches the processes. */
  const openAsPipeline = async () => {
    const {port1, port2} = new MessageChannel();
    serveHosts(port1, supervisor, socket => loadNative().hostClose(socket));
    const hosts = connectHosts(port2);
    port1.ref(); // no thread of its own keeps it
    t.teardown(() => port2.close());
    const delegate = double.delegate({}, {hosts});
    const [device] = await delegate.probe();
    return delegate.open(model, device ?? t.fail(), options);
  };

  const sessions = await Promise.all([openAsPipeline(), openAsPipeline(), openAsPipeline()]);
  t.teardown(() => Promise.all(sessions.map(session => session.close())));
  await Promise.all(sessions.map(session => session.run()));
  const perDevice = supervisor.counters.map(({sessions: count}) => count);
  t.deepEqual(perDevice.toSorted(), [1, 2]);

  // The next one takes the quieter device, whoever it is.
  const last = await openAsPipeline();
  t.teardown(() => last.close());
  t.deepEqual(
    supervisor.counters.map(({sessions: count}) => count),
    [2, 2],
  );
});
