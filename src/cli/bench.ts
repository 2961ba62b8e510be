import {availableParallelism} from 'node:os';
import {performance} from 'node:perf_hooks';
import {openModel} from '../daemon/open-model.ts';
import {type BoardProfile, boardProfile} from '../daemon/profile.ts';
import type {Session} from '../delegate/contract.ts';
import {InputError} from '../error/errors.ts';
import type {Frame} from '../image/frame.ts';
import {silentLog} from '../log/log.ts';
import {loadModel} from '../model/load.ts';
import type {Model} from '../model/model.ts';
import {quantile, roundMs} from '../pipeline/latency.ts';
import {openSource} from '../source/open.ts';
import {createDecoder} from '../task/table.ts';
import {startProgress} from './progress.ts';
import {type Terminal, table} from './terminal.ts';

export interface BenchOptions {
  readonly delegate: readonly string[];
  readonly threads?: number;
  readonly xnnpack: boolean;
  readonly labels?: string;
  readonly manifest?: string;
  readonly json?: boolean;
  readonly runs: number;
  readonly warmup: number;
  readonly sweep?: boolean;
}

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
}

interface BenchRecord {
  readonly model: string;
  readonly sha256: string;
  readonly delegate: {readonly id: string; readonly engine: string; readonly device: string};
  readonly threads: number;
  readonly runs: number;
  readonly openMs: number;
  /** Milliseconds per stage; decode and preprocess only with a picture. */
  readonly stagesMs: Readonly<Record<string, Spread>>;
  readonly memoryBytes: {readonly beforeOpen: number; readonly afterRuns: number};
}

interface Setting {
  readonly threads: number;
  readonly profile: BoardProfile;
  readonly options: BenchOptions;
}

/** `dunlin bench`: warm-up, then timed runs, per stage. @returns the exit status */
export async function bench(
  modelPath: string,
  picture: string | undefined,
  options: BenchOptions,
  terminal: Terminal,
): Promise<number> {
  const model = await loadModel(modelPath, {
    ...(options.manifest === undefined ? {} : {manifestPath: options.manifest}),
    ...(options.labels === undefined ? {} : {labelsPath: options.labels}),
  });
  const frame = picture === undefined ? undefined : await firstFrame(picture);
  const records: BenchRecord[] = [];
  const profile = await boardProfile('auto');
  for (const threads of threadCounts(options, profile))
    records.push(await measure(model, frame, {threads, profile, options}));
  terminal.out(options.json ? records.map(record => `${JSON.stringify(record)}\n`).join('') : render(records));
  return 0;
}

function threadCounts({sweep, threads}: BenchOptions, profile: BoardProfile): number[] {
  if (!sweep) return [threads ?? profile.threads];
  const counts: number[] = [];
  for (let count = 1; count < availableParallelism(); count *= 2) counts.push(count);
  return [...counts, availableParallelism()];
}

async function firstFrame(uri: string): Promise<Frame> {
  const source = await openSource(uri, {}, {log: silentLog});
  const ending = new AbortController();
  for await (const frame of source.frames(ending.signal)) {
    ending.abort();
    return frame;
  }
  throw new InputError(`${uri}: holds no picture`, 'Name a picture file.');
}

async function measure(model: Model, frame: Frame | undefined, setting: Setting): Promise<BenchRecord> {
  const {threads, profile, options} = setting;
  const beforeOpen = process.memoryUsage.rss();
  const startedAt = performance.now();
  const placement = await openModel(model, {
    delegates: options.delegate,
    profile,
    threads,
    xnnpack: options.xnnpack,
    log: silentLog,
  });
  const openMs = performance.now() - startedAt;
  try {
    const stagesMs = await timeRuns(model, placement.session, frame, options);
    return {
      model: model.name,
      sha256: model.sha256,
      delegate: {id: placement.delegate, engine: placement.session.engine, device: placement.device.id},
      threads,
      runs: options.runs,
      openMs: roundMs(openMs),
      stagesMs,
      memoryBytes: {beforeOpen, afterRuns: process.memoryUsage.rss()},
    };
  } finally {
    await placement.session.close();
  }
}

async function timeRuns(model: Model, session: Session, frame: Frame | undefined, options: BenchOptions) {
  const decode = createDecoder(model, {});
  const input =
    frame === undefined || model.image === undefined
      ? undefined
      : {inputIndex: model.image.index, frame, input: model.image.input};
  const stages: Record<string, number[]> = {decode: [], preprocess: [], run: [], postprocess: [], total: []};
  const progress = startProgress(`bench ${model.name}`, options.warmup + options.runs);
  for (let run = 0; run < options.warmup + options.runs; run++) {
    const startedAt = performance.now();
    const {outputs, geometry, timing} = await session.run(input);
    const ranAt = performance.now();
    if (geometry !== undefined || model.image === undefined) decode(outputs, geometry);
    const doneAt = performance.now();
    progress.update(run + 1);
    if (run < options.warmup) continue;
    stages.decode!.push(timing.decodeMs);
    stages.preprocess!.push(timing.preprocessMs);
    stages.run!.push(timing.runMs);
    stages.postprocess!.push(doneAt - ranAt);
    stages.total!.push(doneAt - startedAt);
  }
  progress.stop();
  return Object.fromEntries(Object.entries(stages).map(([stage, values]) => [stage, spread(values)]));
}

function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => roundMs(quantile(sorted, share));
  return {min: at(0), median: at(0.5), p95: at(0.95), p99: at(0.99)};
}

function render(records: readonly BenchRecord[]): string {
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
  return records
    .map(({model, delegate, threads, runs, openMs, stagesMs, memoryBytes}) => {
      const rows = Object.entries(stagesMs).map(([stage, {min, median, p95, p99}]) => [
        stage,
        ...[min, median, p95, p99].map(ms => ms.toFixed(3)),
      ]);
      const memory = `memory ${megabytes(memoryBytes.beforeOpen)} before, ${megabytes(memoryBytes.afterRuns)} after`;
      return `${model} on ${delegate.id} (${delegate.engine}), ${threads} thread(s), ${runs} runs; opened in ${openMs.toFixed(0)} ms; ${memory}\n${table([['ms', 'min', 'median', 'p95', 'p99'], ...rows])}`;
    })
    .join('\n');
}
