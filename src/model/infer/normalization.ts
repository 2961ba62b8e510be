import type {TensorSpec} from '../../tensor/tensor.ts';
import type {ModelContents} from '../contents.ts';
import type {ManifestInput} from '../manifest.ts';
import type {ImageCandidate, ImageHints, Reasoned} from './finding.ts';
import {firstLayerRange} from './first-layer.ts';
import {quantizedLikePixels} from './image-input.ts';

type Normalization = NonNullable<ManifestInput['normalization']>;

/** ImageNet's mean and deviation per channel, on 0–255. */
export const imagenetNormalization = {mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375]};
const asQuantized: Normalization = 'as-quantized';

/** How pixels become the numbers of a picture input: what the file says, else what its family or its weights tell. */
export function inferNormalization(
  contents: ModelContents,
  image: ImageCandidate,
  hints: ImageHints,
): Reasoned<Normalization> {
  const spec = contents.header.inputs[image.index];
  if (!spec) throw new RangeError(`input ${image.index}`);
  const noted = contents.inputNotes[image.index]?.normalization;
  switch (spec.dtype) {
    case 'uint8':
    case 'int8':
      return quantizedPixels(spec, noted);
    case 'int16':
    case 'uint16':
    case 'int32':
      return noted ? fromNotes(noted) : {value: range(0, 1), why: `assumed: ${spec.dtype} input takes pixels 0–255`};
    default:
      return noted ? fromNotes(noted) : (hints.normalization ?? fromWeights(contents, image));
  }
}

function range(mean: number, std: number): Normalization {
  return {mean: [mean], std: [std]};
}

function fromNotes({
  mean,
  std,
}: {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}): Reasoned<Normalization> {
  return {value: {mean: [...mean], std: [...std]}, why: 'read from TFLite metadata'};
}

/** Quantized inputs nearly always take pixels as they are; metadata that says the same in floats is read so too. */
function quantizedPixels(
  {dtype, quantization}: TensorSpec,
  noted: {readonly mean: readonly number[]; readonly std: readonly number[]} | undefined,
): Reasoned<Normalization> {
  if (!quantization) return {value: asQuantized, why: `${dtype} input without quantization takes pixels as they are`};
  const {scale, zeroPoint} = quantization;
  const low = dtype === 'int8' ? -128 : 0;
  if (noted) {
    const [mean = 0] = noted.mean;
    const [std = 1] = noted.std;
    const atBlack = -mean / std / scale + zeroPoint;
    const atWhite = (255 - mean) / std / scale + zeroPoint;
    const isPlain = Math.abs(atBlack - low) < 4 && Math.abs(atWhite - (low + 255)) < 4;
    if (isPlain) return {value: asQuantized, why: 'TFLite metadata and quantization together map each pixel to itself'};
    if (mean === 0 && std === 1) return {value: asQuantized, why: 'TFLite metadata: pixels are taken as they are'};
    return fromNotes(noted);
  }
  const text = `scale ${Number(scale.toPrecision(4))}, zero point ${zeroPoint}`;
  if (Math.abs((scale * 255) / 4.75 - 1) < 0.06) {
    return {value: imagenetNormalization, why: `${dtype} input, ${text}: the range of ImageNet's mean and deviation`};
  }
  const spans = `real ${((low - zeroPoint) * scale).toPrecision(3)} to ${((low + 255 - zeroPoint) * scale).toPrecision(3)}`;
  const certainty = quantizedLikePixels({name: '', shape: [], dtype, quantization}) ? '' : 'assumed: ';
  return {value: asQuantized, why: `${certainty}${dtype} input, ${text}: pixels 0–255 are ${spans}`};
}

function fromWeights({graph, header}: ModelContents, image: ImageCandidate): Reasoned<Normalization> {
  const found = firstLayerRange(graph, graph.inputs[image.index] ?? -1);
  if (found) return found;
  if (/ultralytics/i.test(header.metadata.author ?? '')) {
    return {value: range(0, 255), why: 'metadata names Ultralytics, whose models take pixels / 255'};
  }
  if (image.channels === 1) return {value: range(0, 255), why: 'assumed: gray float inputs usually take pixels / 255'};
  if (header.format === 'onnx' && image.layout === 'nchw') {
    return {value: imagenetNormalization, why: 'assumed: float NCHW inputs usually take ImageNet’s mean and deviation'};
  }
  return {value: range(127.5, 127.5), why: 'assumed: float NHWC inputs usually take (pixel − 127.5) / 127.5'};
}
