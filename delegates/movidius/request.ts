import {mkdirSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Device, SessionOptions} from '../../src/delegate/contract.ts';
import {ModelUnsupportedError} from '../../src/error/errors.ts';
import {concreteShape} from '../../src/model/concrete-shape.ts';
import type {Model} from '../../src/model/model.ts';
import type {MovidiusOptions} from './options.ts';

export type EngineOptions = readonly (readonly [string, string])[];

/** A model as the process that owns the device gets it. */
export interface EngineModel {
  readonly model: Model;
  readonly options: EngineOptions;
}

export interface RequestParts {
  readonly device: Device;
  readonly options: MovidiusOptions;
  readonly session: SessionOptions;
  /** Dunlin's; OpenVINO's own compiled models go into a folder below. */
  readonly cacheDir: string;
}

/**
 * The model's bytes, or those of the file that option `ir` names in its place, with everything that
 * src/native/host/engine_openvino*.c wants to know.
 *
 * @throws {ModelUnsupportedError} the IR files cannot be read
 */
export async function engineModel(model: Model, parts: RequestParts): Promise<EngineModel> {
  const {device} = parts;
  const ir = Object.hasOwn(parts.options.ir, model.name) ? parts.options.ir[model.name] : undefined;
  const file = ir === undefined ? undefined : await readIr(ir, model);
  const format: EngineOptions =
    file === undefined
      ? [['format', model.format]]
      : [
          ['format', 'ir'],
          ['weights', file.weights],
        ];
  const {inputs, outputs} = model.header;
  return {
    model: file === undefined ? model : {...model, bytes: file.xml},
    options: [
      ['device', device.id],
      ...format,
      ['inputs', String(inputs.length)],
      ['outputs', String(outputs.length)],
      ...inputs.map(({name}, index) => [`input.${index}`, name] as const),
      ...outputs.map(({name}, index) => [`output.${index}`, name] as const),
      ...inputs.map((spec, index) => [`shape.${index}`, concreteShape(spec, index, model).join(',')] as const),
      ...Object.entries(properties(parts)).map(([key, value]) => [`property.${key}`, value] as const),
    ],
  };
}

async function readIr(path: string, model: Model): Promise<{xml: Uint8Array; weights: string}> {
  const weights = path.replace(/\.xml$/, '.bin');
  try {
    if (weights === path) throw new Error('expected a name that ends in .xml');
    return {xml: await readFile(path), weights};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelUnsupportedError(
      `${model.name}: delegates.movidius.ir: ${path}: ${reason}`,
      'Give the .xml file of the model in OpenVINO IR format, with its .bin beside it.',
      {cause},
    );
  }
}

/** Properties of compilation. A plugin refuses what it does not know, so each gets only what is its own. */
function properties({device, options, session, cacheDir}: RequestParts): Readonly<Record<string, string>> {
  const isCpu = device.id === 'CPU';
  const precision = options.precision ?? (isCpu ? 'f32' : 'library');
  const takesHint = !device.id.startsWith('HETERO');
  const cache = options.cache ? blobFolder(device, session, cacheDir) : undefined;
  return {
    ...(takesHint && options.hint !== 'none' ? {PERFORMANCE_HINT: options.hint.toUpperCase()} : {}),
    ...(precision === 'library' ? {} : {INFERENCE_PRECISION_HINT: precision}),
    ...(isCpu ? {INFERENCE_NUM_THREADS: String(options.threads ?? session.threads)} : {}),
    ...(cache === undefined ? {} : {CACHE_DIR: cache}),
    ...options.properties,
  };
}

/** One folder per release: blobs of another are of no use. */
function blobFolder({facts}: Device, {log}: SessionOptions, cacheDir: string): string | undefined {
  const release = (facts?.openvino ?? 'openvino').replaceAll(/[^\w.]+/g, '-');
  const folder = join(cacheDir, 'openvino', release);
  try {
    mkdirSync(folder, {recursive: true});
    return folder;
  } catch (error) {
    log.warn({folder, error}, 'compiled models cannot be kept; every opening compiles anew');
    return undefined;
  }
}
