import test, {type ExecutionContext} from 'ava';
import type {ResultMessage} from '../../../src/sink/contract.ts';
import {startDaemon} from '../../helpers/daemon.ts';
import {gapsOf} from '../../helpers/failover.ts';
import {startMosquitto} from '../../helpers/mosquitto.ts';
import {listen} from '../../helpers/mqtt-listener.ts';
import {OpenvinoDouble} from '../../helpers/openvino-double.ts';
import {sharedData} from '../../helpers/shared-data.ts';

/** A live daemon with a pipeline on the double's stick, and the CPU behind it. */
async function live(t: ExecutionContext) {
  const double = await OpenvinoDouble.start();
  t.teardown(() => double.stop());
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url, 'dunlin/box/#');
  t.teardown(() => listener.close());
  const config = {
    node: {name: 'box'},
    mqtt: {url: broker.url},
    failover: {retryFirstMs: 20, retryMostMs: 40, settledAfterMs: 0, restarts: 1000},
    delegates: {movidius: {library: double.library}},
    pipelines: {
      cam: {
        source: {uri: 'test:320x240@20'},
        model: sharedData('models', 'version-RFB-320.onnx'),
        delegates: ['movidius:MYRIAD', 'cpu'],
      },
    },
  };
  const daemon = startDaemon(config, {...process.env, ...double.env});
  t.teardown(() => daemon.stop());
  const results = () =>
    listener.messages.filter(({topic}) => topic.endsWith('/result')).map(({text}) => JSON.parse(text) as ResultMessage);
  const resultFrom = async (delegate: string) => {
    const from = listener.messages.length;
    await listener.until(messages =>
      messages.slice(from).some(({topic, text}) => {
        return topic.endsWith('/result') && (JSON.parse(text) as ResultMessage).delegate.id === delegate;
      }),
    );
  };
  return {double, results, resultFrom};
}

const goesOn = test.macro(async (t, order: string) => {
  const {double, results, resultFrom} = await live(t);
  await resultFrom('movidius');
  await double.control(order);
  await resultFrom('cpu');
  await double.control();
  await resultFrom('movidius');
  const worst = Math.max(...gapsOf(results()));
  t.log(`longest time without a result: ${Math.round(worst)} ms`);
  t.true(worst < 1000, `${worst} ms without a result`);
});

test.serial('a library that crashes costs less than a second, and the stick is taken back', goesOn, 'crash=run');
test.serial('a library that hangs costs less than a second, and the stick is taken back', goesOn, 'hang=run');
test.serial('a stick that is pulled out costs less than a second, and is taken back', goesOn, 'vanish=1');
test.serial('a stick that gets too hot costs less than a second, and is taken back', goesOn, 'overheat=1');
