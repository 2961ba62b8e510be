import type {ModelContents} from '../contents.ts';
import type {DecodeOptions, Manifest, ManifestInput, ManifestOutput} from '../manifest.ts';

/** A value with the sentence that says why. */
export interface Reasoned<T> {
  readonly value: T;
  readonly why: string;
}

/** What a family fixes about its picture input. */
export interface ImageHints {
  readonly normalization?: Reasoned<NonNullable<ManifestInput['normalization']>>;
  readonly colorOrder?: Reasoned<NonNullable<ManifestInput['colorOrder']>>;
  readonly fit?: Reasoned<NonNullable<ManifestInput['fit']>>;
  readonly padValue?: number;
}

/** A family that a rule recognised. */
export interface Finding {
  readonly task: Manifest['task'];
  readonly family: Manifest['family'];
  /** Reason for task and family. */
  readonly why: string;
  /** Roles with reasons, by output position. */
  readonly outputs: readonly (ManifestOutput & {readonly why: string})[];
  readonly decode: DecodeOptions;
  /** `activation` → sentence; for every key of `decode`. */
  readonly decodeReasons: Readonly<Record<string, string>>;
  readonly image: ImageHints;
  /** Number of classes, where the outputs tell. */
  readonly classCount: number | undefined;
}

/** A picture input found by its shape. */
export interface ImageCandidate {
  readonly index: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly layout: 'nhwc' | 'nchw';
  readonly why: string;
}

/** What every rule gets. */
export interface Evidence {
  readonly contents: ModelContents;
  readonly image: ImageCandidate | undefined;
}

/** Recognises one family; undefined: not this one. */
export type Rule = (evidence: Evidence) => Finding | undefined;

/** Shape with brackets, for reasons: `[1, 896, 16]`. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A shape without its leading ones and dynamic batch: `[1, 10]` → `[10]`. */
export function withoutBatch(shape: readonly number[]): readonly number[] {
  const [batch, ...rest] = shape;
  return batch === 1 || batch === -1 ? rest : shape;
}
