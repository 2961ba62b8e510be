import {performance} from 'node:perf_hooks';
import {openModel} from '../daemon/open-model.ts';
import type {RunResult} from '../delegate/contract.ts';
import type {Placement} from '../engine/place.ts';
import {type DunlinError, InputError, SourceError, UsageError} from '../error/errors.ts';
import type {Frame} from '../image/frame.ts';
import type {Geometry} from '../image/input.ts';
import {silentLog} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import {loadVariants} from '../model/variants.ts';
import {roundMs} from '../pipeline/latency.ts';
import {openSource} from '../source/open.ts';
import type {Result} from '../task/result.ts';
import {createDecoder, type Decoder} from '../task/table.ts';
import {type DelegateFlags, setUpDelegates} from './delegate-setup.ts';
import {fillInputs, type InferFiles, prepareFiles, saveAnnotated, saveMask, saveOutputs} from './infer-files.ts';
import {startProgress} from './progress.ts';
import {renderResult} from './render-result.ts';
import {reportError, type Terminal} from './terminal.ts';

export interface InferOptions extends InferFiles, DelegateFlags {
  readonly delegate: readonly string[];
  readonly threads?: number;
  readonly xnnpack: boolean;
  readonly labels?: string;
  readonly manifest?: string;
  readonly json?: boolean;
  readonly top?: number;
  readonly threshold?: number;
}

/** What one input gave: a line of `--json`. */
interface InferRecord {
  readonly input: string;
  readonly model: {
    readonly name: string;
    readonly sha256: string;
    readonly format: string;
    readonly task: string;
    readonly family: string;
  };
  readonly delegate: {readonly id: string; readonly engine: string; readonly device: string};
  readonly result: Result;
  readonly timing: {
    readonly decodeMs: number;
    readonly preprocessMs: number;
    readonly runMs: number;
    readonly postprocessMs: number;
    readonly totalMs: number;
  };
}

interface Job {
  readonly model: Model;
  readonly placement: Placement;
  readonly decode: Decoder;
  readonly options: InferOptions;
  readonly terminal: Terminal;
}

/** `dunlin infer`. @returns the exit status: 4 when any input was refused, after the others were done */
export async function infer(
  modelPath: string,
  inputs: readonly string[],
  options: InferOptions,
  terminal: Terminal,
): Promise<number> {
  if (inputs.length === 0 && options.tensor === undefined) {
    throw new UsageError('infer: no input given', 'Name a picture, a folder or a video, or pass --tensor FILE.');
  }
  if (inputs.length > 0 && options.tensor !== undefined) {
    throw new UsageError('infer: both pictures and --tensor given', 'Give one or the other.');
  }
  const models = await loadVariants(modelPath, {
    ...(options.manifest === undefined ? {} : {manifestPath: options.manifest}),
    ...(options.labels === undefined ? {} : {labelsPath: options.labels}),
  });
  prepareFiles(models.primary, options);
  const decoderOf = (model: Model) =>
    createDecoder(model, {
      ...(options.threshold === undefined ? {} : {scoreThreshold: options.threshold}),
      ...(options.top === undefined ? {} : {top: options.top}),
    });
  decoderOf(models.primary); // what is wrong with the settings shows before a device is opened
  const setup = await setUpDelegates(options, terminal.err);
  try {
    const {table, profile} = setup;
    const {delegate: delegates, threads = profile.threads, xnnpack} = options;
    const placement = await openModel(models, {delegates, table, profile, threads, xnnpack, log: silentLog});
    try {
      const {model} = placement;
      return await inferAll({model, placement, decode: decoderOf(model), options, terminal}, inputs);
    } finally {
      await placement.session.close();
    }
  } finally {
    await setup.close();
  }
}

async function inferAll(job: Job, inputs: readonly string[]): Promise<number> {
  if (job.options.tensor !== undefined) {
    await inferTensors(job, job.options.tensor);
    return 0;
  }
  if (job.model.image === undefined) throw takesNoPicture(job.model);
  return inferPictures(job, inputs);
}

async function inferPictures(job: Job, inputs: readonly string[]): Promise<number> {
  const progress = startProgress('inferring', inputs.length);
  let status = 0;
  let written = 0;
  const refuse = (error: unknown, input: string) => {
    if (!(error instanceof InputError || error instanceof SourceError)) throw error;
    status = reportError(job.terminal, naming(error, input), job.options.json === true);
  };
  for (const [index, uri] of inputs.entries()) {
    progress.update(index, uri);
    try {
      const source = await openSource(uri, {}, {log: silentLog});
      if (source.live) throw new InputError(`${uri}: is a live source`, 'Use `dunlin up` for cameras and streams.');
      for await (const frame of source.frames(new AbortController().signal)) {
        try {
          await inferFrame(job, frame, uri, written);
          written++;
        } catch (error) {
          refuse(error, frame.origin ?? uri);
        }
      }
    } catch (error) {
      refuse(error, uri);
    }
  }
  progress.stop();
  return status;
}

/** The error with the input's name in front, where its message does not say it. */
function naming(error: DunlinError, input: string): DunlinError {
  if (error.message.includes(input)) return error;
  return new InputError(`${input}: ${error.message}`, error.hint, {cause: error});
}

function takesNoPicture({name, header}: Model): InputError {
  const inputs = header.inputs.map(input => input.name).join(', ');
  return new InputError(
    `${name}: the model takes no picture (its inputs: ${inputs})`,
    'Feed raw tensors with --tensor FILE.',
  );
}

async function inferFrame(job: Job, frame: Frame, uri: string, written: number): Promise<void> {
  const {model, placement, options} = job;
  if (model.image === undefined) throw takesNoPicture(model);
  const startedAt = performance.now();
  const {index, input} = model.image;
  const run = await placement.session.run({inputIndex: index, frame, input});
  const record = finishRecord(job, frame.origin ?? uri, run, run.geometry, startedAt);
  saveOutputs(options, run, written);
  print(job, record);
  if (options.annotate !== undefined) await saveAnnotated(options.annotate, frame, record, written);
  if (options.saveMask !== undefined) await saveMask(options.saveMask, record, written);
}

async function inferTensors(job: Job, files: readonly string[]): Promise<void> {
  const {model, placement, options} = job;
  const {session} = placement;
  fillInputs(session, model, files);
  const startedAt = performance.now();
  const run = await session.run();
  saveOutputs(options, run, 0);
  // Without a geometry the decoder gives boxes in pixels of the model's own input.
  const record = finishRecord(job, files.join(','), run, undefined, startedAt);
  print(job, record);
  if (options.saveMask !== undefined) await saveMask(options.saveMask, record, 0);
}

function finishRecord(
  job: Job,
  input: string,
  run: RunResult,
  geometry: Geometry | undefined,
  startedAt: number,
): InferRecord {
  const {model, placement, decode} = job;
  const decodeStartedAt = performance.now();
  const result = decode(run.outputs, geometry);
  const doneAt = performance.now();
  const {name, sha256, format, manifest} = model;
  return {
    input,
    model: {name, sha256, format, task: manifest.task, family: manifest.family},
    delegate: {id: placement.delegate, engine: placement.session.engine, device: placement.device.id},
    result,
    timing: {
      decodeMs: roundMs(run.timing.decodeMs),
      preprocessMs: roundMs(run.timing.preprocessMs),
      runMs: roundMs(run.timing.runMs),
      postprocessMs: roundMs(doneAt - decodeStartedAt),
      totalMs: roundMs(doneAt - startedAt),
    },
  };
}

function print({options, terminal}: Job, record: InferRecord): void {
  if (!options.json) {
    terminal.out(renderResult(record, terminal));
    return;
  }
  terminal.out(`${JSON.stringify(record, (key, value) => (key === 'mask' ? undefined : value))}\n`);
}
