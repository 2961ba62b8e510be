import test from 'ava';
import type {PipelineState} from '../../src/sink/contract.ts';
import {cameraDouble} from '../helpers/camera-double.ts';
import {startDaemon} from '../helpers/daemon.ts';
import {makeJpeg, makeVideo, scratchDirectory} from '../helpers/media.ts';
import {startMosquitto} from '../helpers/mosquitto.ts';
import {type Listener, listen} from '../helpers/mqtt-listener.ts';
import {childrenOf, childrenReading} from '../helpers/processes.ts';
import {sharedData} from '../helpers/shared-data.ts';

const model = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const impatient = {stallAfterS: 1, restartMinS: 0.05, restartMaxS: 0.2};
const base = (url: string, source: object) => ({
  node: {name: 'box'},
  mqtt: {url, reconnectMinMs: 20, reconnectMaxMs: 100},
  log: {level: 'error'},
  pipelines: {cam: {source, model, rules: {threshold: 0.01, updateEveryS: 0}}},
});
const isResult = ({topic}: {readonly topic: string}) => topic.endsWith('/result');

/** Waits for `count` results that were not there yet. */
function moreResults(listener: Listener, count: number): Promise<void> {
  const before = listener.messages.filter(isResult).length;
  return listener.until(messages => messages.filter(isResult).length >= before + count);
}

async function brokerAndListener(t: {teardown(work: () => unknown): void}) {
  const broker = await startMosquitto();
  const listener = await listen(broker.url, 'dunlin/box/#');
  t.teardown(async () => {
    await listener.close();
    await broker.dispose();
  });
  return {broker, listener};
}

test('a broker that stops and starts ten times under load finds the daemon publishing, with flat memory', async t => {
  const {broker, listener} = await brokerAndListener(t);
  const daemon = startDaemon(base(broker.url, {uri: 'test:320x240@30'}));
  t.teardown(() => daemon.stop());
  await moreResults(listener, 30);
  let settledMiB = 0;
  for (let round = 0; round < 10; round++) {
    await (round % 2 === 0 ? broker.stop() : broker.kill());
    await broker.start();
    await moreResults(listener, 10);
    if (round === 3) settledMiB = daemon.rssMiB();
  }
  t.true(
    daemon.rssMiB() < settledMiB + 30,
    `${settledMiB.toFixed(0)} MiB after four rounds, ${daemon.rssMiB().toFixed(0)} after ten`,
  );
  t.is(await daemon.stop(), 0, daemon.output());
});

test('a camera program that is killed ten times is started again each time', async t => {
  const {broker, listener} = await brokerAndListener(t);
  const jpeg = await makeJpeg(`${await scratchDirectory()}/frame.jpg`);
  const camera = await cameraDouble('rpicam-vid', [[{jpeg, fps: 20}]]);
  const daemon = startDaemon(base(broker.url, {uri: 'rpicam:', ...impatient}), camera.env);
  t.teardown(() => daemon.stop());
  for (let round = 1; round <= 10; round++) {
    while ((await camera.starts()).length < round) await moreResults(listener, 1);
    await moreResults(listener, 3);
    const starts = await camera.starts();
    process.kill(starts[round - 1]!.pid, 'SIGKILL');
  }
  await moreResults(listener, 3);
  const isRestarted = ({topic, text}: {topic: string; text: string}) =>
    topic.endsWith('/state') && (JSON.parse(text) as PipelineState).frames.restarts >= 10;
  await listener.first(isRestarted);
  const children = await childrenOf(daemon.pid);
  t.is(children.length, 1, 'one camera program, no zombies');
  t.is(await daemon.stop(), 0, daemon.output());
});

test('an ffmpeg that is stopped with SIGSTOP is replaced, and the state says stalled meanwhile', async t => {
  const {broker, listener} = await brokerAndListener(t);
  const clip = await makeVideo(`${await scratchDirectory()}/endless.mp4`);
  const daemon = startDaemon(base(broker.url, {uri: clip, loop: true, realtime: true, ...impatient}));
  t.teardown(() => daemon.stop());
  await moreResults(listener, 5);
  const [ffmpeg] = await childrenReading(clip);
  process.kill(ffmpeg!, 'SIGSTOP');
  await listener.first(({topic, text}) => topic.endsWith('/state') && text.includes('"stalled"'));
  await moreResults(listener, 5);
  t.throws(() => process.kill(ffmpeg!, 0), {code: 'ESRCH'});
  t.is(await daemon.stop(), 0, daemon.output());
});
