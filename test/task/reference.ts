import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, resolve} from 'node:path';
import type {DType, Tensor} from '../../src/tensor/tensor.ts';

interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly file?: string;
  readonly quantization?: {readonly scale: number; readonly zero_point: number} | null;
}

export interface StoredDetection {
  readonly label: string | null;
  readonly cls: number;
  readonly score: number;
  /** left, top, right, bottom in source pixels, not clipped */
  readonly box: readonly [number, number, number, number];
}

/** One file of `data/expected`. */
export interface ReferenceCase {
  readonly case: string;
  readonly model: string;
  readonly outputs: readonly StoredTensor[];
  readonly decoded?: {
    readonly top?: readonly {readonly index: number; readonly label: string; readonly score: number}[];
    readonly detections?: readonly StoredDetection[];
    readonly score_threshold?: number;
    readonly pixels_per_class?: Readonly<Record<string, number>>;
  };
  readonly ratio?: number;
  readonly pad?: readonly [number, number];
}

/** `../shared/data` beside the repository, or beside the folder that holds a work tree of it. */
function findDataFolder(): string {
  for (let folder = resolve('..'); ; folder = dirname(folder)) {
    const candidate = join(folder, 'shared', 'data');
    if (existsSync(join(candidate, 'MANIFEST.json'))) return candidate;
    if (folder === dirname(folder)) throw new Error('test data: no ../shared/data/MANIFEST.json beside the repository');
  }
}

const dataFolder = findDataFolder();

export function dataPath(name: string): string {
  return join(dataFolder, name);
}

export function readCase(name: string): ReferenceCase {
  return JSON.parse(readFileSync(dataPath(`expected/${name}.json`), 'utf8')) as ReferenceCase;
}

/** Every case whose name starts so. */
export function casesOf(prefix: string): ReferenceCase[] {
  return readdirSync(dataPath('expected'))
    .filter(name => name.startsWith(prefix) && name.endsWith('.json'))
    .map(name => readCase(name.slice(0, -'.json'.length)));
}

/** The case's stored outputs; those without stored bytes are empty. */
export function storedOutputs({outputs}: ReferenceCase): Tensor[] {
  return outputs.map(({name, shape, dtype, file, quantization}) => ({
    name,
    shape,
    dtype,
    data: file ? Uint8Array.from(readFileSync(dataPath(`expected/${file}`))) : new Uint8Array(),
    ...(quantization && {quantization: {scale: quantization.scale, zeroPoint: quantization.zero_point}}),
  }));
}

export function readLabels(name: string): string[] {
  return readFileSync(dataPath(`labels/${name}`), 'utf8')
    .trimEnd()
    .split(/\r?\n/);
}
