import {monitorEventLoopDelay} from 'node:perf_hooks';
import {connectAsync} from 'mqtt';
import {silentLog} from '../src/log/log.ts';
import {startEmbeddedBroker} from '../src/sink/broker.ts';
import type {ResultMessage} from '../src/sink/contract.ts';
import {type MqttOptions, mqttOptionsSchema} from '../src/sink/mqtt/options.ts';
import {encodeResult} from '../src/sink/mqtt/payloads.ts';
import {createMqttSink, type MqttSink} from '../src/sink/mqtt/sink.ts';
import {median} from './lib/peer.ts';
import {startBroker} from './lib/process.ts';
import type {Row} from './lib/report.ts';

const bench = 'mqtt';
const messages = 5000;
const targetUs = 60;
const delayTargetMs = 5;

/** CPU of the main thread per published result, and how long an embedded broker in the same thread blocks it. */
export async function benchMqttPublish(_data: string, rounds: number): Promise<Row[]> {
  const broker = await startBroker();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const costs = {v5: [] as number[], v311: [] as number[], json: [] as number[], away: [] as number[]};
  for (let round = 0; round < rounds; round++) {
    costs.v5.push(await publishCost(url, '5'));
    costs.v311.push(await publishCost(url, '3.1.1'));
    costs.json.push(await cost(frame => void encodeResult(result(frame))));
    costs.away.push(await publishCost('mqtt://127.0.0.1:1', '5'));
  }
  broker.stop();
  const what = 'CPU per result, 5 detections';
  const row = (peer: string, values: readonly number[]): Row => {
    const value = median([...values]);
    return {bench, what, peer, value, unit: 'µs', target: `≤ ${targetUs} µs`, met: value <= targetUs};
  };
  return [
    row('MQTT 5', costs.v5),
    row('MQTT 3.1.1', costs.v311),
    row('JSON text only', costs.json),
    row('broker away', costs.away),
    ...(await embeddedDelay()),
  ];
}

function result(frame: number): ResultMessage {
  const detections = Array.from({length: 5}, (_, index) => ({
    index,
    label: 'person',
    score: 0.9 - index / 17,
    box: {x: 100 / 3 + index, y: 200 / 7, width: 301 / 9, height: 411 / 11},
  }));
  return {
    v: 1,
    pipeline: 'bench',
    frame,
    at: '2026-01-02T03:04:05.678Z',
    ageMs: 31.123456,
    width: 1280,
    height: 720,
    model: {name: 'ssd-mobilenet', version: '1'},
    delegate: {id: 'cpu', engine: 'tflite 2.21.0 + xnnpack', device: 'cpu'},
    result: {task: 'detect', detections},
    timing: {decodeMs: 3.123456, preprocessMs: 0.912345, runMs: 21.412345, postprocessMs: 0.1, totalMs: 25.5},
  };
}

type Protocol = MqttOptions['protocol'];

async function connectedSink(url: string, protocol: Protocol, connects: boolean): Promise<MqttSink> {
  let up: () => void = () => undefined;
  const connected = new Promise<void>(resolve => {
    up = resolve;
  });
  const sink = createMqttSink({
    options: {...mqttOptionsSchema.parse({protocol}), url},
    node: 'bench',
    log: {...silentLog, child: () => ({...silentLog, info: up})},
    info: () => ({
      v: 1,
      node: 'bench',
      version: '0',
      startedAt: '',
      profile: {id: '', name: ''},
      delegates: [],
      models: [],
      pipelines: [],
    }),
    health: async () => ({temperatures: [], memory: {totalBytes: 1, availableBytes: 1, rssBytes: 1}, devices: []}),
  });
  await sink.start();
  if (connects) await connected;
  return sink;
}

/** Microseconds of user and system time per call, each in a turn of the event loop of its own, as frames come. */
async function cost(publish: (frame: number) => void, isBehind = () => false): Promise<number> {
  const spend = async (count: number) => {
    const before = process.cpuUsage();
    for (let frame = 0; frame < count; frame++) {
      publish(frame);
      await new Promise(resolve => setImmediate(resolve));
      while (frame % 50 === 0 && isBehind()) await new Promise(resolve => setTimeout(resolve, 2));
    }
    const {user, system} = process.cpuUsage(before);
    return (user + system) / count;
  };
  await spend(messages); // warm-up
  return await spend(messages);
}

async function publishCost(url: string, protocol: Protocol): Promise<number> {
  const isAway = url.endsWith(':1');
  const sink = await connectedSink(url, protocol, !isAway);
  const us = await cost(
    frame => sink.publishResult(result(frame)),
    () => sink.counters.bufferedBytes > 0,
  );
  const {resultsDropped} = sink.counters;
  await sink.stop(1000);
  if (resultsDropped > 0 && !isAway) throw new Error(`${resultsDropped} results dropped: not comparable`);
  return us;
}

/**
 * Sink, embedded broker and 100 results a second in one thread, with a subscriber. The longest block of all is
 * usually one full garbage collection, which an idle process has too; so the target is for the 99.9th percentile.
 */
async function embeddedDelay(): Promise<Row[]> {
  const broker = await startEmbeddedBroker({host: '127.0.0.1', port: 0, log: silentLog});
  const subscriber = await connectAsync(broker.url);
  await subscriber.subscribeAsync('#', {qos: 1});
  const sink = await connectedSink(broker.url, 'auto', true);
  const publishFor = async (count: number) => {
    for (let frame = 0; frame < count; frame++) {
      sink.publishResult(result(frame));
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  };
  await publishFor(100); // warm-up
  const delay = monitorEventLoopDelay({resolution: 1});
  delay.enable();
  await publishFor(1000);
  delay.disable();
  await sink.stop(1000);
  await subscriber.endAsync(true);
  await broker.close();
  const beyondTimer = (ns: number) => (ns - 1e6) / 1e6; // the monitor's own timer period counts as delay
  const value = beyondTimer(delay.percentile(99.9));
  const peer = 'embedded broker, 100 results/s';
  return [
    {
      bench,
      what: 'main thread blocked, p99.9',
      peer,
      value,
      unit: 'ms',
      target: `≤ ${delayTargetMs} ms`,
      met: value <= delayTargetMs,
    },
    {bench, what: 'main thread blocked, longest', peer, value: beyondTimer(delay.max), unit: 'ms'},
  ];
}
