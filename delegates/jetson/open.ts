import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {totalmem} from 'node:os';
import {dirname, join} from 'node:path';
import type {DelegateContext, Device, Session, SessionOptions} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {Model} from '../../src/model/model.ts';
import {type HostedModel, openHosted} from '../../src/native/host/session.ts';
import type {EngineBuilder, EngineOrder} from './builder.ts';
import type {Inventory} from './devices.ts';
import {engineKey} from './engine-cache.ts';
import type {OrtLibrary} from './library.ts';
import type {JetsonOptions} from './options.ts';
import {
  cacheOptions,
  calibrationName,
  cudaOptions,
  engineOptions,
  type Place,
  placeOf,
  shapes,
  trtOptions,
} from './settings.ts';

/** Even a large model on a Nano is built within. */
const buildTimeoutMs = 2 * 3_600_000;
/** An engine is loaded and its kernels are; a library that builds instead must not go unnoticed. */
const openTimeoutMs = 120_000;
const remedy = 'See "dmesg" for messages of nvgpu or NVRM, and the memory and temperature of the board.';

/** What opening a model on a device takes. */
export interface Opening {
  readonly context: DelegateContext;
  readonly options: JetsonOptions;
  readonly builder: EngineBuilder;
  readonly inventory: Inventory;
}

/**
 * Opens a model, with a TensorRT engine of the cache where TensorRT takes part.
 *
 * @throws {DelegateUnavailableError} no library, or the engine is being built
 * @throws {ModelUnsupportedError} the library refuses the model
 */
export async function openModel(
  opening: Opening,
  model: Model,
  device: Device,
  session: SessionOptions,
): Promise<Session> {
  const {library, providers} = opening.inventory;
  const where = `${opening.context.name} ${device.id}`;
  if (library === undefined) {
    throw new DelegateUnavailableError(`${where}: no libonnxruntime.so`, 'Name it with "library:" of this delegate.');
  }
  const place = placeOf(device.id);
  const open: Open = ({key = where, extra = [], timeoutMs, runTimeoutMs}) =>
    openHosted(
      model,
      {
        where,
        request: {key, engine: 'onnxruntime', library: library.path, env: environment(library)},
        options: [...engineOptions(model, providers, session.threads), ...cudaOptions(opening, place), ...extra],
        openTimeoutMs,
        remedy,
      },
      opening.context.hosts,
      {
        ...session,
        ...(timeoutMs === undefined ? {} : {openTimeoutMs: timeoutMs}),
        ...(runTimeoutMs === undefined ? {} : {runTimeoutMs}),
      },
    );
  return providers.includes('tensorrt') ? openWithEngine(opening, model, {where, place, library, open}) : open({});
}

/** Opens the model in a process: the device's unless `key` says another. */
type Open = (how: {
  readonly key?: string;
  readonly extra?: HostedModel['options'];
  readonly timeoutMs?: number;
  readonly runTimeoutMs?: number;
}) => Promise<Session>;

interface Target {
  readonly where: string;
  readonly place: Place;
  readonly library: OrtLibrary;
  readonly open: Open;
}

async function openWithEngine(opening: Opening, model: Model, target: Target): Promise<Session> {
  const {options, builder} = opening;
  const {where, open} = target;
  const trt = trtOptions(options, target.place, workspaceBytes(options));
  const calibration = await readCalibration(where, options);
  const order = orderFor(opening, model, {...target, trt, calibration}, async (key, engines, timing) => {
    if (calibration !== undefined) await writeFile(join(engines, calibrationName), calibration);
    const extra = [...trt, ...cacheOptions(engines, timing)];
    return open({key: `jetson build ${key}`, extra, timeoutMs: buildTimeoutMs, runTimeoutMs: buildTimeoutMs});
  });
  const engines = await builder.engine(order);
  try {
    const opened = await open({extra: [...trt, ...cacheOptions(engines, undefined)]});
    await builder.accept(order);
    return opened;
  } catch (error) {
    if (!isUnreadableEngine(error)) throw error;
    await builder.reject(order, error instanceof Error ? error.message : String(error));
    await builder.engine(order);
    throw error;
  }
}

interface Ordering extends Target {
  readonly trt: HostedModel['options'];
  readonly calibration: Uint8Array | undefined;
}

function orderFor(
  {options, inventory}: Opening,
  model: Model,
  {where, place, trt, library, calibration}: Ordering,
  build: (key: string, enginesFolder: string, timingFolder: string) => Promise<Session>,
): EngineOrder {
  const gpu = inventory.board.gpus[place.kind === 'gpu' ? place.index : 0];
  const chip = gpu?.chip ?? {name: 'unknown', dlaCores: 0, int8: true, build: {leastMs: 60_000, perGigaMacMs: 20_000}};
  const ranges = calibration === undefined ? '' : createHash('sha256').update(calibration).digest('hex');
  const providers = inventory.providers.join(',');
  const settings = [...trt, ...shapes(model), ['providers', providers] as const, ['calibration', ranges] as const];
  const parts = {modelSha256: model.sha256, ort: library.version, tensorrt: library.tensorrt, gpu: chip.name, settings};
  const key = engineKey(parts);
  return {
    key,
    where,
    modelName: model.name,
    chip,
    precision: place.kind === 'dla' ? `${options.precision} dla` : options.precision,
    macs: model.header.macs,
    about: {
      model: model.name,
      modelSha256: model.sha256,
      onnxruntime: library.version,
      tensorrt: library.tensorrt,
      gpu: chip.name,
      precision: options.precision,
    },
    build: (engines, timing) => build(key, engines, timing),
  };
}

/** @throws {DelegateUnavailableError} the file of the options cannot be read */
async function readCalibration(where: string, {calibrationTable}: JetsonOptions): Promise<Uint8Array | undefined> {
  if (calibrationTable === undefined) return undefined;
  return readFile(calibrationTable).catch((error: Error) => {
    throw new DelegateUnavailableError(
      `${where}: calibrationTable cannot be read: ${error.message}`,
      'Correct its path, or remove it: a model with QuantizeLinear operators needs none.',
      {cause: error},
    );
  });
}

/**
 * Words of ONNX Runtime's TensorRT provider for an engine file that is damaged or of another version. Where it builds anew
 * instead, opening takes too long.
 */
function isUnreadableEngine(error: unknown): boolean {
  return error instanceof DelegateUnavailableError && /deserializ|did not open the model in time/i.test(error.message);
}

/** An eighth of the memory, which a Jetson's GPU shares, and no more than ONNX Runtime would take. */
function workspaceBytes({workspaceMiB}: JetsonOptions): number {
  const mib = 1 << 20;
  if (workspaceMiB !== undefined) return workspaceMiB * mib;
  const eighth = Math.floor(totalmem() / 8 / mib / 64) * 64;
  return Math.min(1024, Math.max(64, eighth)) * mib;
}

/** The library finds its providers beside itself, but these need CUDA, which JetPack puts where the loader does not look. */
function environment({path}: OrtLibrary): Readonly<Record<string, string>> {
  const folders = ['/usr/local/cuda/lib64', '/usr/local/cuda/targets/aarch64-linux/lib'].filter(existsSync);
  const known = process.env.LD_LIBRARY_PATH;
  const search = [dirname(path), ...folders, ...(known ? [known] : [])].join(':');
  return {LD_LIBRARY_PATH: search, CUDA_DEVICE_ORDER: 'PCI_BUS_ID'};
}
