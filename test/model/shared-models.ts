import {readFileSync} from 'node:fs';
import {sharedData} from '../helpers/shared-data.ts';

/** What the data's list says of a tensor. */
export interface ListedTensor {
  readonly name: string;
  /** `null` or a name: dynamic. */
  readonly shape: readonly (number | string | null)[];
  /** `int8`, `tensor(float)`. */
  readonly dtype: string;
  readonly quantization?: {readonly scale: readonly number[]; readonly zero_point: readonly number[]} | null;
}

/** What the data's list says of a model. */
export interface ListedModel {
  /** `models/vww_96_int8.tflite` */
  readonly path: string;
  readonly io: {
    readonly format: 'tflite' | 'onnx';
    readonly description?: string;
    readonly inputs: readonly ListedTensor[];
    readonly outputs: readonly ListedTensor[];
    /** Custom ones start with `CUSTOM:`. */
    readonly ops: Readonly<Record<string, number>>;
    readonly packed_files?: readonly string[];
  };
}

/** Every model of the shared data. */
export function listedModels(): readonly ListedModel[] {
  const {files} = JSON.parse(readFileSync(sharedData('MANIFEST.json'), 'utf8')) as {
    readonly files: readonly ListedModel[];
  };
  return files.filter(({path}) => /\.(tflite|onnx)$/.test(path));
}

/** Path of a model: `vww_96_int8.tflite`. */
export function modelPath(name: string): string {
  return sharedData('models', name);
}

/** Bytes of a model, in memory of its own. */
export function modelBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(modelPath(name)));
}
