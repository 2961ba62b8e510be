import {OutputMismatchError} from '../error/errors.ts';
import type {Geometry} from '../image/input.ts';
import type {DecodeOptions} from '../model/manifest.ts';
import type {Tensor} from '../tensor/tensor.ts';
import type {Labeler} from './labels.ts';
import type {Result} from './result.ts';
import type {RoleIndexes} from './roles.ts';

/**
 * Turns one run's output tensors into a result in source-frame pixels. Keeps no view on the tensors, but reuses its
 * own scratch memory: one decoder serves one session. Without `geometry` the frame is the model's input picture.
 *
 * @param outputs every output of the model file, in the file's order
 * @throws {OutputMismatchError} an output's shape or dtype is not what the family reads
 */
export type Decoder = (outputs: readonly Tensor[], geometry: Geometry | undefined) => Result;

export interface DecoderOptions {
  /** 0–1; overrides the manifest's `decode.scoreThreshold` and the family's default. */
  readonly scoreThreshold?: number;
  /** 0–1; lowers a detector's default threshold to this, never raises it: for rules that still use lower scores. */
  readonly reachDownTo?: number;
  /** Most classes or detections in a result; overrides 5 classes or the manifest's `decode.nms.maxDetections`. */
  readonly top?: number;
}

/** What a family's factory gets: everything about the model, resolved once. */
export interface DecoderContext {
  /** `model:` prefix of error messages. */
  readonly where: string;
  readonly roles: RoleIndexes;
  readonly decode: DecodeOptions;
  readonly options: DecoderOptions;
  readonly label: Labeler;
  readonly labelCount: number;
  /** Width and height of the picture input; undefined when the model takes no picture. */
  readonly inputSize: {readonly width: number; readonly height: number} | undefined;
  readonly layout: 'nhwc' | 'nchw';
}

/** Makes a decoder. @throws {ManifestError} the manifest misses what the family needs */
export type DecoderFactory = (context: DecoderContext) => Decoder;

/** The output at `index`. @throws {OutputMismatchError} the session gave fewer */
export function outputAt(outputs: readonly Tensor[], index: number, where: string): Tensor {
  const tensor = outputs[index];
  if (tensor) return tensor;
  throw new OutputMismatchError(
    `${where}: output ${index} is missing; the session gave ${outputs.length}`,
    'Correct `outputs[].index` in model.json; `dunlin inspect` lists the outputs of the file.',
  );
}

/** Builds the error for an output of an unexpected shape. */
export function shapeMismatch(where: string, tensor: Tensor, expected: string): OutputMismatchError {
  return new OutputMismatchError(
    `${where}: output "${tensor.name}" has shape [${tensor.shape.join(', ')}], expected ${expected}`,
    'Correct the family or the roles of the outputs in model.json; `dunlin inspect` lists the outputs of the file.',
  );
}
