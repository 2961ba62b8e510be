import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {remote} from '../delegates/remote/index.ts';
import {silentLog} from '../src/log/log.ts';
import {loadModel} from '../src/model/load.ts';
import type {Model} from '../src/model/model.ts';
import {noHosts} from '../src/native/host/none.ts';
import {packageRoot} from '../src/native/package-root.ts';
import {quantile} from '../src/pipeline/latency.ts';
import {progress, type Row} from './lib/report.ts';

const callsPerRound = 200;

/**
 * What a call to a server on the loopback costs beside the model's run, which takes no time there: a frame of 300×300×3
 * bytes goes out, four small outputs come back.
 */
export async function benchRemote(data: string, rounds: number): Promise<Row[]> {
  const model = await loadModel(join(data, 'models', 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite'));
  const program = join(packageRoot, 'dist', 'bench', 'peers', 'kserve-server.js');
  const server = spawn(process.execPath, [program, model.path], {stdio: ['ignore', 'pipe', 'inherit']});
  try {
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    const url = `http://127.0.0.1:${port.toString().trim()}`;
    const rows: Row[] = [];
    for (const [peer, binary] of [
      ['binary tensors', 'always'],
      ['JSON', 'never'],
    ] as const) {
      progress(`remote: ${peer}`);
      const {took, cpuMs} = await measure(model, {url, binary}, rounds);
      const row = {bench: 'remote', peer, unit: 'ms'};
      rows.push(
        {...row, what: 'call, p50', value: quantile(took, 0.5)},
        {...row, what: 'call, p99', value: quantile(took, 0.99)},
        {...row, what: 'CPU here for a call', value: cpuMs},
      );
    }
    return rows;
  } finally {
    server.kill();
  }
}

interface Measured {
  /** Milliseconds of every call, shortest first. */
  readonly took: readonly number[];
  /** Processor time of this process for one call. */
  readonly cpuMs: number;
}

async function measure(model: Model, options: Record<string, unknown>, rounds: number): Promise<Measured> {
  const context = {name: 'remote', sysroot: '/', cacheDir: tmpdir(), hosts: noHosts, log: silentLog};
  const delegate = remote.create(options, context);
  const [device] = await delegate.probe();
  const session = await delegate.open(model, device!, {threads: 1, xnnpack: true, log: silentLog});
  for (const {data} of session.inputs) for (let at = 0; at < data.length; at++) data[at] = (at * 7) % 256;
  const took: number[] = [];
  for (let call = 0; call < callsPerRound; call++) await session.run();
  const before = process.cpuUsage();
  for (let call = 0; call < callsPerRound * rounds; call++) took.push((await session.run()).timing.runMs);
  const {user, system} = process.cpuUsage(before);
  await session.close();
  return {took: took.sort((one, other) => one - other), cpuMs: (user + system) / 1000 / took.length};
}
