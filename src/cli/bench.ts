import {availableParallelism} from 'node:os';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import {splitChoice} from '../config/delegates.ts';
import {openModel} from '../daemon/open-model.ts';
import {problemOf} from '../daemon/see-delegates.ts';
import {saveMeasured} from '../engine/measured.ts';
import {DunlinError, InputError, UsageError} from '../error/errors.ts';
import type {Frame} from '../image/frame.ts';
import {silentLog} from '../log/log.ts';
import {loadVariants, type ModelVariants} from '../model/variants.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {openSource} from '../source/open.ts';
import {type BenchRecord, BenchSession} from './bench-record.ts';
import {comparisonText, recordsText} from './bench-text.ts';
import {type DelegateFlags, type DelegateSetup, setUpDelegates} from './delegate-setup.ts';
import {listPlaces, type Skipped} from './places.ts';
import {startProgress} from './progress.ts';
import type {Terminal} from './terminal.ts';

export interface BenchOptions extends DelegateFlags {
  readonly delegate: readonly string[];
  readonly threads?: number;
  readonly xnnpack: boolean;
  readonly labels?: string;
  readonly manifest?: string;
  readonly json?: boolean;
  readonly runs: number;
  readonly warmup: number;
  readonly sweep?: boolean;
  readonly save?: boolean;
}

interface Job {
  readonly models: ModelVariants;
  readonly frame: Frame | undefined;
  readonly setup: DelegateSetup;
  readonly options: BenchOptions;
}

interface Outcome {
  readonly records: readonly BenchRecord[];
  readonly skipped: readonly Skipped[];
}

/** `dunlin bench`: warm-up, then timed runs, per stage; all sessions take turns, run by run. @returns the exit status */
export async function bench(
  modelPath: string,
  picture: string | undefined,
  options: BenchOptions,
  terminal: Terminal,
): Promise<number> {
  const comparing = options.delegate.includes('all');
  if (comparing && options.delegate.length > 1) {
    throw new UsageError(
      'bench: --delegate all and others',
      'Give all alone: it measures every delegate that is here.',
    );
  }
  if (options.save && options.sweep) {
    throw new UsageError(
      'bench: both --save and --sweep given',
      'Save what you measure with the threads you will use.',
    );
  }
  const models = await loadVariants(modelPath, {
    ...(options.manifest === undefined ? {} : {manifestPath: options.manifest}),
    ...(options.labels === undefined ? {} : {labelsPath: options.labels}),
  });
  const frame = picture === undefined ? undefined : await firstFrame(picture);
  const setup = await setUpDelegates(options, terminal.err);
  const job: Job = {models, frame, setup, options};
  const work = comparing ? compare(job) : measure(job, [options.delegate]);
  const {records, skipped} = await work.finally(() => setup.close());
  if (options.json) terminal.out([...records, ...skipped].map(entry => `${JSON.stringify(entry)}\n`).join(''));
  else terminal.out(comparing ? comparisonText(models.primary.name, records, skipped) : recordsText(records));
  if (options.save && records.length > 0) save(records, terminal);
  return records.length === 0 ? 5 : 0;
}

/** Every device that is here and can run the model; the others with their reasons. */
async function compare(job: Job): Promise<Outcome> {
  const {places, skipped} = await listPlaces(job.setup.table, job.models);
  const measured = await measure(
    job,
    places.map(place => [place]),
    true,
  );
  return {records: measured.records, skipped: [...skipped, ...measured.skipped]};
}

/** @param lenient a place that fails is skipped instead of ending the command */
async function measure(job: Job, orders: readonly (readonly string[])[], lenient = false): Promise<Outcome> {
  const skipped: Skipped[] = [];
  const sessions = new Map<BenchSession, string>();
  const skip = (place: string, error: unknown) => {
    if (!(lenient && error instanceof DunlinError)) throw error;
    const {id, device} = splitChoice(place);
    skipped.push({delegate: id, ...(device === undefined ? {} : {device}), ...problemOf(error)});
  };
  const opened: BenchSession[] = [];
  try {
    for (const order of orders) {
      for (const threads of threadCounts(job)) {
        try {
          const session = await open(job, order, threads);
          opened.push(session);
          sessions.set(session, order[0] ?? '');
        } catch (error) {
          skip(order[0] ?? '', error);
        }
      }
    }
    await takeTurns(job, sessions, skip);
    return {records: [...sessions.keys()].map(session => session.record()), skipped};
  } finally {
    for (const session of opened) await session.close();
  }
}

/** Drops sessions whose run fails. */
async function takeTurns(
  {models, options}: Job,
  sessions: Map<BenchSession, string>,
  skip: (place: string, error: unknown) => void,
): Promise<void> {
  const {runs, warmup} = options;
  const progress = startProgress(`bench ${models.primary.name}`, warmup + runs);
  try {
    for (let run = 0; run < warmup + runs; run++) {
      for (const [session, place] of [...sessions]) {
        try {
          await session.run(run >= warmup);
        } catch (error) {
          sessions.delete(session);
          skip(place, error);
        }
      }
      progress.update(run + 1);
    }
  } finally {
    progress.stop();
  }
}

async function open({models, frame, setup, options}: Job, delegates: readonly string[], threads: number) {
  const beforeOpen = process.memoryUsage.rss();
  const startedAt = performance.now();
  const {table, profile} = setup;
  const {xnnpack} = options;
  const placement = await openModel(models, {delegates, table, profile, threads, xnnpack, log: silentLog});
  const openMs = performance.now() - startedAt;
  return new BenchSession({model: models.primary, placement, frame, threads, openMs, beforeOpen});
}

function threadCounts({options: {sweep, threads}, setup}: Job): number[] {
  if (!sweep) return [threads ?? setup.profile.threads];
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

/** Keeps the medians for the order of `auto`. */
function save(records: readonly BenchRecord[], terminal: Terminal): void {
  const at = new Date().toISOString();
  const entries = records.map(({sha256, delegate, runs, stagesMs}) => ({
    ...{model: sha256, delegate: delegate.id, device: delegate.device, engine: delegate.engine, runs, at},
    p50Ms: Math.max(stagesMs.run?.median ?? 0, 0.001),
  }));
  saveMeasured(cacheDir(), entries);
  terminal.err(`saved to ${join(cacheDir(), 'measured.json')}: \`delegates: auto\` follows it from the next start\n`);
}
