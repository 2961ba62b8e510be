import test from 'ava';
import type {Event} from '../../src/event/event.ts';
import type {PipelineState, ResultMessage} from '../../src/sink/contract.ts';
import {startDaemon} from '../helpers/daemon.ts';
import {makeMjpeg, scratchDirectory} from '../helpers/media.ts';
import {startMosquitto} from '../helpers/mosquitto.ts';
import {listen} from '../helpers/mqtt-listener.ts';
import {childrenOf} from '../helpers/processes.ts';
import {sharedData} from '../helpers/shared-data.ts';

const model = sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite');
const picture = sharedData('images', 'owl.jpg');
const base = (url: string, pipelines: object) => ({node: {name: 'box'}, mqtt: {url}, log: {level: 'warn'}, pipelines});

test('a clip is done completely and in order, then the daemon ends with status 0', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const clip = await makeMjpeg(`${await scratchDirectory()}/clip.mjpeg`, {frames: 40});
  const listener = await listen(broker.url, 'dunlin/box/#');
  const daemon = startDaemon(base(broker.url, {clip: {source: clip, model}}));
  t.is(await daemon.exited, 0, daemon.output());
  await listener.first(({topic, text}) => topic === 'dunlin/box/status' && text === 'offline');
  const results = listener.messages
    .filter(({topic}) => topic === 'dunlin/box/clip/result')
    .map(({text}) => JSON.parse(text) as ResultMessage);
  t.deepEqual(
    results.map(({frame}) => frame),
    Array.from({length: 40}, (_, index) => index),
  );
  const last = listener.messages.filter(({topic}) => topic === 'dunlin/box/clip/state').at(-1);
  const state = JSON.parse(last!.text) as PipelineState;
  t.is(state.status, 'stopped');
  t.is(state.frames.processed, 40);
  await listener.close();
});

test('SIGTERM ends occurrences, says offline, leaves no process, and exits with 0', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url, 'dunlin/box/#');
  const source = {uri: picture, loop: true, realtime: true, fps: 20};
  const daemon = startDaemon(base(broker.url, {owl: {source, model, rules: {threshold: 0.15}}}));
  const started = await listener.first(({topic, text}) => topic.endsWith('/event') && text.includes('"start"'));
  const children = await childrenOf(daemon.pid);
  t.is(await daemon.stop(), 0, daemon.output());
  const {id} = JSON.parse(started.text) as Event;
  await listener.first(({text}) => text.includes(id) && text.includes('"end"'));
  await listener.first(({topic, text}) => topic === 'dunlin/box/status' && text === 'offline');
  for (const pid of children) t.throws(() => process.kill(pid, 0), {code: 'ESRCH'});
  await listener.close();
});

test('results carry capture time, age, delegate and stage durations', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url, 'dunlin/box/+/result');
  const daemon = startDaemon(base(broker.url, {pattern: {source: 'test:320x240@20', model}}));
  t.teardown(() => daemon.stop());
  const {text} = await listener.first(() => true);
  const result = JSON.parse(text) as ResultMessage;
  t.is(result.v, 1);
  t.deepEqual([result.width, result.height], [320, 240]);
  t.is(result.delegate.id, 'cpu');
  t.regex(result.delegate.engine, /^tflite \d+\.\d+\.\d+ \+ xnnpack$/);
  t.true(result.ageMs > 0 && result.timing.runMs > 0 && result.timing.totalMs >= result.timing.runMs);
  await listener.close();
});

const hopeless: readonly (readonly [string, object, number])[] = [
  ['a missing model', {source: 'test:64x64@5', model: '/nowhere/model.tflite'}, 3],
  ['a missing picture', {source: '/nowhere/picture.jpg', model}, 4],
  [
    'a model that takes no picture',
    {source: 'test:64x64@5', model: sharedData('models', 'hello_world_int8.tflite')},
    3,
  ],
];
for (const [what, pipeline, status] of hopeless) {
  test(`${what} ends the daemon with status ${status} and says why`, async t => {
    const daemon = startDaemon({broker: {port: 0}, pipelines: {broken: pipeline}});
    t.is(await daemon.exited, status, daemon.output());
    t.regex(daemon.output(), /broken/);
  });
}

test('one broken pipeline leaves the others running', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url, 'dunlin/box/#');
  const daemon = startDaemon(
    base(broker.url, {broken: {source: '/nowhere.jpg', model}, good: {source: 'test:320x240@20', model}}),
  );
  t.teardown(() => daemon.stop());
  await listener.first(({topic, text}) => topic.endsWith('broken/state') && text.includes('"failed"'));
  const seen = listener.messages.length;
  await listener.until(messages => messages.slice(seen).some(({topic}) => topic.endsWith('good/result')));
  t.pass();
  await listener.close();
});
