import test from 'ava';
import {startDaemon} from '../helpers/daemon.ts';
import {startMosquitto} from '../helpers/mosquitto.ts';
import {listen} from '../helpers/mqtt-listener.ts';
import {sharedData} from '../helpers/shared-data.ts';

const sine = {model: sharedData('models', 'hello_world_int8.tflite')};

/** The address that the daemon prints once it serves. */
async function printedUrl(daemon: ReturnType<typeof startDaemon>): Promise<string> {
  const found = () => /http +(http:\/\/\S+)\/v2/.exec(daemon.output())?.[1];
  await Promise.race([daemon.printed(/http +http:\/\/\S+\/v2/), daemon.exited]);
  const url = found();
  if (url === undefined) throw new Error(daemon.output());
  return url;
}

test('dunlin up without pipelines serves until SIGTERM, prints where, and exits with 0', async t => {
  const daemon = startDaemon({broker: {port: 0}, http: {enabled: true, port: 0, models: {sine}}});
  t.teardown(() => daemon.stop());
  const url = await printedUrl(daemon);
  t.regex(daemon.output(), /\(models: sine\)/);
  await daemon.printed(/model ready to be served/);
  const body = JSON.stringify({
    inputs: [{name: 'serving_default_dense_input:0', datatype: 'INT8', shape: [1, 1], data: [-128]}],
  });
  const answer = await fetch(`${url}/v2/models/sine/infer`, {method: 'POST', body});
  t.like(await answer.json(), {outputs: [{data: [4]}]});
  t.is(await daemon.stop(), 0, daemon.output());
});

test('pipelines go on publishing while many requests are served', async t => {
  const broker = await startMosquitto();
  const listener = await listen(broker.url, 'dunlin/box/cam/result');
  t.teardown(async () => {
    await listener.close();
    await broker.dispose();
  });
  const model = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
  const daemon = startDaemon({
    node: {name: 'box'},
    mqtt: {url: broker.url},
    http: {enabled: true, port: 0, models: {mobilenet: {model, threads: 1}}},
    pipelines: {cam: {source: 'test:320x240@10', model, threads: 1}},
  });
  t.teardown(() => daemon.stop());
  const url = await printedUrl(daemon);
  await daemon.printed(/model ready to be served/);
  await listener.first(() => true);
  const picture = new Uint8Array(128 * 128 * 3);
  const headers = {'inference-header-content-length': '0'};
  const before = listener.messages.length;
  for (let round = 0; round < 20 || listener.messages.length < before + 5; round++) {
    const send = () => fetch(`${url}/v2/models/mobilenet/infer`, {method: 'POST', body: picture, headers});
    const answers = await Promise.all(Array.from({length: 8}, send));
    for (const answer of answers) {
      t.is(answer.status, 200);
      await answer.arrayBuffer();
    }
  }
  t.is(await daemon.stop(), 0, daemon.output());
});

test('other machines without a token: dunlin up refuses to start, and says what to do', async t => {
  const daemon = startDaemon({broker: {port: 0}, http: {enabled: true, host: '0.0.0.0', port: 0}});
  t.is(await daemon.exited, 2);
  t.regex(daemon.output(), /http\.host[\s\S]*loopback[\s\S]*http\.tokenFile/);
});
