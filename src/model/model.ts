import type {ImageInput} from '../image/input.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import type {Manifest} from './manifest.ts';
import type {EdgetpuPackage} from './tflite/edgetpu-package.ts';

export type ModelFormat = 'tflite' | 'onnx';

/** One kind of operator in the graph. */
export interface OperatorCount {
  readonly name: string;
  readonly count: number;
  /** True for custom ops (TFLite) and non-standard domains (ONNX). */
  readonly custom: boolean;
}

/** What the file itself says, read and verified without native code. */
export interface ModelHeader {
  readonly format: ModelFormat;
  readonly description: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Most frequent first. */
  readonly operators: readonly OperatorCount[];
  readonly customOps: readonly string[];
  readonly edgetpuCompiled: boolean;
  /** How a model compiled for the Edge TPU uses the chip's memory, where its package can be read. */
  readonly edgetpu?: EdgetpuPackage;
  /** Known faults of a runtime that this file, though well formed, would run into; delegates on that runtime refuse it. */
  readonly hazards?: readonly string[];
  /** Why XNNPACK must not run this model, where it is known to give wrong numbers. */
  readonly xnnpackFault?: string;
  /** Multiply-accumulates of one run at the declared shapes; dynamic dimensions count as 1. */
  readonly macs: number;
  /** Bytes of constant tensors. */
  readonly weightBytes: number;
  /** Free-form key → text: TFLite metadata names and descriptions, ONNX `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Label files packed in the file, by name, one label per line. */
  readonly packedLabels: readonly {readonly name: string; readonly labels: readonly string[]}[];
}

/** Why a manifest field has its value: `read from TFLite metadata`, `input shape [1, 3, 416, 416]`. */
export type Reasons = Readonly<Record<string, string>>;

/** A file as read and verified. */
export interface ModelFile {
  readonly path: string;
  readonly sha256: string;
  /** The whole file, as verified; engines load these bytes, never the path again. */
  readonly bytes: Uint8Array;
  readonly header: ModelHeader;
}

/** A model file together with what is known about it; opened by no engine yet. */
export interface Model extends ModelFile {
  readonly name: string;
  readonly version: string;
  readonly format: ModelFormat;
  /** The files of a model that is cut up, in order; `bytes` are then the first one's, `header` speaks of all. */
  readonly segments?: readonly ModelFile[];
  /** Which file stands in for this one on other delegates, or which were looked for in vain: one clause. */
  readonly twinNote?: string;
  readonly manifest: Manifest;
  /** Dotted manifest path → reason; empty when the manifest was written by hand. */
  readonly reasons: Reasons;
  /** Line i names class i; may be empty. */
  readonly labels: readonly string[];
  /** The picture input, resolved to numbers; undefined when the model takes no picture. */
  readonly image: {readonly index: number; readonly input: ImageInput} | undefined;
}
