import type {TensorSpec} from '../tensor/tensor.ts';
import type {Manifest} from './manifest.ts';
import type {Model, ModelFormat, ModelHeader, OperatorCount, Reasons} from './model.ts';
import {writeStarterManifest} from './starter.ts';

/** What `dunlin inspect --json` prints. */
export interface ModelDescription {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly format: ModelFormat;
  readonly description: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Most frequent first. */
  readonly operators: readonly OperatorCount[];
  readonly customOps: readonly string[];
  readonly edgetpuCompiled: boolean;
  /** How the compiled model uses the Edge TPU's memory. */
  readonly edgetpu?: ModelHeader['edgetpu'];
  /** Which file stands in for this one on other delegates. */
  readonly twinNote?: string;
  readonly hazards: readonly string[];
  readonly macs: number;
  readonly weightBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly packedLabels: readonly {readonly name: string; readonly count: number}[];
  readonly labels: {readonly count: number; readonly source: string};
  readonly task: Manifest['task'];
  readonly family: Manifest['family'];
  /** Dotted manifest path → sentence; empty when the manifest was written by hand. */
  readonly reasons: Reasons;
  /** A `model.json` to start from. */
  readonly manifest: Manifest;
}

/** Everything that is known of a model without opening an engine, as plain JSON. */
export function describe(model: Model): ModelDescription {
  const {header, manifest, labels, reasons} = model;
  const given = Object.keys(reasons).length === 0 ? 'given with the manifest or on the command line' : '';
  return {
    name: model.name,
    version: model.version,
    path: model.path,
    sha256: model.sha256,
    sizeBytes: model.bytes.length,
    format: model.format,
    description: header.description,
    inputs: header.inputs,
    outputs: header.outputs,
    operators: header.operators,
    customOps: header.customOps,
    edgetpuCompiled: header.edgetpuCompiled,
    ...(header.edgetpu && {edgetpu: header.edgetpu}),
    ...(model.twinNote !== undefined && {twinNote: model.twinNote}),
    hazards: header.hazards ?? [],
    macs: header.macs,
    weightBytes: header.weightBytes,
    metadata: header.metadata,
    packedLabels: header.packedLabels.map(({name, labels: lines}) => ({name, count: lines.length})),
    labels: {count: labels.length, source: labels.length === 0 ? 'none' : (reasons.labels ?? given)},
    task: manifest.task,
    family: manifest.family,
    reasons,
    manifest: JSON.parse(writeStarterManifest(model)) as Manifest,
  };
}
