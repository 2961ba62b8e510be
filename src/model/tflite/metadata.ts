import type {TensorNotes} from '../contents.ts';
import {FlatbufferSource} from '../flatbuffer/source.ts';
import {decodeRoot} from '../flatbuffer/table.ts';
import {
  type ImageProperties,
  modelMetadata,
  type NormalizationOptions,
  type RawMetadata,
  type RawTensorMetadata,
  type ScoreThresholding,
} from './metadata-schema.ts';

/** TFLite metadata of the main subgraph. */
export interface TfliteNotes {
  readonly texts: Readonly<Record<string, string>>;
  readonly inputs: readonly TensorNotes[];
  readonly outputs: readonly TensorNotes[];
}

const axisLabels = 2;
const valueLabels = 3;

/** Reads the buffer of the metadata entry `TFLITE_METADATA`. @throws {ModelInvalidError} */
export function readTfliteMetadata(bytes: Uint8Array): TfliteNotes {
  // Positions are checked relative to the metadata's own start, which the format aligns only to 4 bytes.
  const raw = decodeRoot(new FlatbufferSource(bytes, 'tflite metadata'), modelMetadata);
  const main = raw.subgraphs[0];
  return {
    texts: textsOf(raw),
    inputs: (main?.inputs ?? []).map(notesOf),
    outputs: (main?.outputs ?? []).map(notesOf),
  };
}

function textsOf(raw: RawMetadata): Record<string, string> {
  const main = raw.subgraphs[0];
  const entries: [string, string][] = [
    ['name', raw.name],
    ['description', raw.description],
    ['version', raw.version],
    ['author', raw.author],
    ['license', raw.license],
    ['subgraph.name', main?.name ?? ''],
    ['subgraph.description', main?.description ?? ''],
    ...tensorTexts('input', main?.inputs ?? []),
    ...tensorTexts('output', main?.outputs ?? []),
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function tensorTexts(side: string, tensors: readonly RawTensorMetadata[]): [string, string][] {
  return tensors.flatMap(({name, description}, index): [string, string][] => [
    [`${side}.${index}.name`, name],
    [`${side}.${index}.description`, description],
  ]);
}

function notesOf(raw: RawTensorMetadata): TensorNotes {
  const properties = raw.content?.properties;
  const image = properties?.name === 'ImageProperties' ? (properties.value as ImageProperties | undefined) : undefined;
  const unit = <T>(name: string) =>
    raw.processUnits.find(({options}) => options.name === name)?.options.value as T | undefined;
  const normalization = unit<NormalizationOptions>('NormalizationOptions');
  const files = raw.associatedFiles.filter(({type}) => type === axisLabels || type === valueLabels);
  return {
    name: raw.name,
    description: raw.description,
    image: image && {color: image.colorSpace === 1 ? 'rgb' : image.colorSpace === 2 ? 'gray' : undefined},
    normalization: normalization && usableNormalization(normalization) ? normalization : undefined,
    scoreThreshold: unit<ScoreThresholding>('ScoreThresholdingOptions')?.globalScoreThreshold,
    labelFiles: files.toSorted((a, b) => Number(a.locale !== '') - Number(b.locale !== '')).map(({name}) => name),
  };
}

function usableNormalization({mean, std}: NormalizationOptions): boolean {
  const counts = [1, 3, 4];
  return (
    counts.includes(mean.length) &&
    counts.includes(std.length) &&
    mean.every(Number.isFinite) &&
    std.every(value => value > 0 && Number.isFinite(value))
  );
}
