import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {connectAsync, type MqttClient} from 'mqtt';
import {checkConfig} from '../src/config/config.ts';
import {Daemon} from '../src/daemon/daemon.ts';
import {boardProfile} from '../src/daemon/profile.ts';
import {silentLog} from '../src/log/log.ts';
import {findTflite} from '../src/native/runtime.ts';
import {quantile} from '../src/pipeline/latency.ts';
import {median} from './lib/peer.ts';
import {startBroker} from './lib/process.ts';
import {progress, type Row} from './lib/report.ts';
import {buildFloor} from './lib/setup.ts';

const messages = 400;
const target = 1.25;
const delayTargetMs = 5;

type Condition = 'idle' | 'bare C runs DeepLab' | 'dunlin runs DeepLab';
interface Sample {
  readonly p99Ms: number;
  /** Longest the main thread was kept from its timer. */
  readonly longestMs: number;
  readonly delayP99Ms: number;
}

/**
 * Publish → PUBACK at QoS 1 from the main thread, idle, beside a C program that runs DeepLab, and while the daemon in this
 * process runs it, in turn: what the second costs is the machine's doing and not the daemon's.
 */
export async function benchLatency(data: string, rounds: number): Promise<Row[]> {
  const model = join(data, 'models', 'deeplabv3_mnv2_dm05_pascal_quant.tflite');
  const floor = [buildFloor(), 'invoke', findTflite().path, model];
  const broker = await startBroker();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const client = await connectAsync(url);
  const samples: Record<Condition, Sample[]> = {idle: [], 'bare C runs DeepLab': [], 'dunlin runs DeepLab': []};
  try {
    await sample(client); // warm-up
    for (let round = 0; round < rounds; round++) {
      progress(`latency: round ${round + 1} of ${rounds}`);
      samples.idle.push(await sample(client));
      const peer = spawn(floor[0]!, floor.slice(1), {stdio: ['pipe', 'ignore', 'ignore']});
      peer.stdin.write('1000000\n');
      samples['bare C runs DeepLab'].push(await sample(client));
      peer.kill('SIGKILL');
      const daemon = await startDeepLab(model, url);
      await sample(client); // the daemon's own start
      samples['dunlin runs DeepLab'].push(await sample(client));
      await daemon.stop();
    }
  } finally {
    await client.endAsync();
    broker.stop();
  }
  return Object.entries(samples).flatMap(([peer, measured]) => toRows(peer as Condition, measured, samples.idle));
}

function toRows(peer: Condition, measured: readonly Sample[], idle: readonly Sample[]): Row[] {
  const isTarget = peer === 'dunlin runs DeepLab';
  const ratio = median(measured.map(({p99Ms}, round) => p99Ms / idle[round]!.p99Ms));
  const longest = median(measured.map(({longestMs}) => longestMs));
  const common = {bench: 'latency', peer, unit: 'ms'};
  return [
    {
      ...common,
      what: 'publish → ack p99',
      value: median(measured.map(({p99Ms}) => p99Ms)),
      ratio,
      ...(isTarget ? {target: `≤ ${target}× idle`, met: ratio <= target} : {}),
    },
    {
      ...common,
      what: 'main thread late, longest of a round',
      value: longest,
      ...(isTarget ? {target: `≤ ${delayTargetMs} ms`, met: longest <= delayTargetMs} : {}),
    },
    {...common, what: 'main thread late, p99', value: median(measured.map(({delayP99Ms}) => delayP99Ms))},
  ];
}

async function sample(client: MqttClient): Promise<Sample> {
  const delay = monitorEventLoopDelay({resolution: 1});
  delay.enable();
  const p99Ms = await acknowledge(client);
  delay.disable();
  const beyondTimer = (ns: number) => Math.max(0, ns - 1e6) / 1e6; // the monitor's own timer period counts as delay
  return {p99Ms, longestMs: beyondTimer(delay.max), delayP99Ms: beyondTimer(delay.percentile(99))};
}

async function startDeepLab(model: string, url: string): Promise<Daemon> {
  const pipeline = {source: 'test:640x480@30', model, threads: 1};
  const checked = checkConfig(
    JSON.stringify({mqtt: {url}, broker: {embedded: false}, pipelines: {deeplab: pipeline}}),
    'bench',
  );
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  const {config} = checked;
  let results = 0;
  let running: () => void = () => undefined;
  const ran = new Promise<void>(resolve => {
    running = resolve;
  });
  const counter = {
    start: async () => {},
    stop: async () => {},
    publishResult: () => {
      results++;
      if (results === 3) running();
    },
    publishEvent() {},
    publishState() {},
    publishCount() {},
    publishSnapshot() {},
  };
  const daemon = new Daemon({
    config,
    profile: await boardProfile('auto'),
    log: silentLog,
    sinks: [{name: 'counter', sink: counter}],
  });
  await daemon.start();
  void daemon.run();
  await ran;
  return daemon;
}

/** @returns the 99th percentile in milliseconds over messages sent 5 ms apart */
async function acknowledge(client: MqttClient): Promise<number> {
  const times: number[] = [];
  for (let message = 0; message < messages; message++) {
    const startedAt = performance.now();
    await client.publishAsync('bench/ack', '{"v":1}', {qos: 1});
    times.push(performance.now() - startedAt);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.99,
  );
}
