import test from 'ava';
import {healthSchema, infoSchema} from '../../../src/sink/mqtt/node-payloads.ts';
import {startMosquitto} from '../../helpers/mosquitto.ts';
import {listen} from '../../helpers/mqtt-listener.ts';
import {detectMessage, nodeInfo, runningState, startEvent} from './samples.ts';
import {connections, testSink} from './sink-parts.ts';

test('each topic arrives with its payload, retain flag and QoS', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  await connections(log, 1);
  sink.publishState(runningState);
  sink.publishCount('door', 'person', 2);
  sink.publishEvent(startEvent);
  sink.publishResult(detectMessage);
  sink.publishSnapshot('door', new Uint8Array([0x41, 0x42]));
  await sink.stop(5000);
  await listener.first(({text}) => text === 'offline');

  const late = await listen(broker.url);
  t.teardown(() => late.close());
  await late.first(({topic}) => topic === 'dunlin/porch/status');
  await late.until(messages => messages.length >= 5);
  const kept = new Set(late.messages.filter(({retained}) => retained).map(({topic}) => topic));
  const heard = Object.fromEntries(listener.messages.map(({topic, qos, text}) => [topic, {qos, text}]));
  t.is(sink.counters.protocol, '5');
  t.deepEqual([...kept].sort(), [
    'dunlin/porch/door/count/person',
    'dunlin/porch/door/state',
    'dunlin/porch/health',
    'dunlin/porch/info',
    'dunlin/porch/status',
  ]);
  t.deepEqual(heard['dunlin/porch/status'], {qos: 1, text: 'offline'});
  t.deepEqual(heard['dunlin/porch/door/count/person'], {qos: 1, text: '2'});
  t.deepEqual(heard['dunlin/porch/door/state'], {qos: 1, text: JSON.stringify(runningState)});
  t.deepEqual(heard['dunlin/porch/door/event'], {qos: 1, text: JSON.stringify(startEvent)});
  t.deepEqual(heard['dunlin/porch/door/result'], {qos: 0, text: JSON.stringify(detectMessage)});
  t.deepEqual(heard['dunlin/porch/door/snapshot'], {qos: 0, text: 'AB'});
  t.deepEqual(infoSchema.parse(JSON.parse(heard['dunlin/porch/info']?.text ?? '')), nodeInfo);
  const health = healthSchema.parse(JSON.parse(heard['dunlin/porch/health']?.text ?? ''));
  t.like(health, {node: 'porch', broker: {connected: true, connects: 1, url: broker.url}});
});

test('what was published before the connection is sent after it, except results', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  const {sink} = testSink(t, broker.url);
  sink.publishCount('door', 'person', 1);
  sink.publishCount('door', 'person', 3);
  sink.publishEvent(startEvent);
  sink.publishResult(detectMessage);
  await sink.start();
  await listener.first(({topic}) => topic === 'dunlin/porch/door/event');
  const counts = listener.messages.filter(({topic}) => topic === 'dunlin/porch/door/count/person');
  t.deepEqual(
    counts.map(({text}) => text),
    ['3'],
  );
  t.false(listener.messages.some(({topic}) => topic.endsWith('/result')));
  t.is(sink.counters.resultsDropped, 1);
});

test('results beyond the rate asked for are left out', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const {sink, log} = testSink(t, broker.url, {resultsPerSecond: 0.001});
  await sink.start();
  await connections(log, 1);
  for (let frame = 0; frame < 5; frame++) sink.publishResult({...detectMessage, frame});
  sink.publishResult({...detectMessage, pipeline: 'yard'});
  t.is(sink.counters.resultsSent, 2);
});

test('stopping twice, and before the start, is no error', async t => {
  const {sink} = testSink(t, 'mqtt://127.0.0.1:1');
  await sink.stop(100);
  await t.notThrowsAsync(sink.stop(100));
});

test('a URL that is none is refused at the start', async t => {
  const {sink} = testSink(t, 'http://127.0.0.1');
  await t.throwsAsync(sink.start(), {code: 'CONFIG_INVALID'});
});

test('a broker that takes small packets only costs the large ones', async t => {
  const broker = await startMosquitto({config: ['max_packet_size 4000']});
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  const {sink, log} = testSink(t, broker.url);
  await sink.start();
  await connections(log, 1);
  sink.publishSnapshot('door', new Uint8Array(10_000));
  sink.publishEvent({...startEvent, label: 'x'.repeat(10_000)});
  sink.publishEvent(startEvent);
  await sink.stop(5000);
  await listener.first(({topic}) => topic === 'dunlin/porch/door/event');
  t.like(sink.counters, {refused: 2, connects: 1, eventsSent: 1});
});

test('readings that fail are logged and harm nothing else', async t => {
  const broker = await startMosquitto();
  t.teardown(() => broker.dispose());
  const listener = await listen(broker.url);
  t.teardown(() => listener.close());
  const health = async () => {
    throw new Error('no sensor');
  };
  const info = () => {
    throw new Error('no info');
  };
  const {sink, log} = testSink(t, broker.url, {}, {health, info});
  await sink.start();
  sink.publishEvent(startEvent);
  await listener.first(({topic}) => topic === 'dunlin/porch/door/event');
  await log.until(({message}) => message === 'health cannot be read');
  await log.until(({message}) => message === 'info cannot be published');
  t.is(sink.connection.state, 'connected');
});
