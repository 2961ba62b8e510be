import type {TensorSpec} from '../../tensor/tensor.ts';
import {meaningfulProducer} from '../graph.ts';
import type {OutputRole} from '../manifest.ts';
import {type Evidence, type Finding, type ImageCandidate, type Reasoned, type Rule, shapeText} from './finding.ts';

/** Per-pixel classes: `[1, H, W, C]` or `[1, C, H, W]` scores, `[1, H, W, 1]` probabilities, or `[1, H, W]` class numbers. */
export const semantic: Rule = (evidence): Finding | undefined => {
  const {contents, image} = evidence;
  const [output, ...others] = contents.header.outputs;
  if (!image || !output || others.length > 0) return undefined;
  const map = readMap(output, image);
  if (!map) return undefined;
  const activation = map.role === 'logits' ? activationOf(evidence, map.channels) : undefined;
  if (map.role === 'logits' && !activation) return undefined;
  return {
    task: 'segment',
    family: 'semantic',
    why: `one picture in, one output ${shapeText(output.shape)} of the same aspect: ${map.text} per pixel`,
    outputs: [{index: 0, role: map.role, why: map.text}],
    decode: activation ? {activation: activation.value} : {},
    decodeReasons: activation ? {activation: activation.why} : {},
    image: {},
    classCount: map.role === 'labels' ? comparedClasses(evidence) : Math.max(map.channels, 2),
  };
};

interface PixelMap {
  readonly role: OutputRole;
  readonly channels: number;
  readonly text: string;
}

const integers = new Set(['int64', 'int32', 'uint8', 'int8', 'int16', 'uint16', 'uint32']);

function readMap({shape, dtype, quantization}: TensorSpec, image: ImageCandidate): PixelMap | undefined {
  const [batch, a = 0, b = 0, c = 0] = shape;
  if (batch !== 1 && batch !== -1) return undefined;
  const isMap = (height: number, width: number) =>
    height >= 8 && width >= 8 && scaleBetween(height, image.height) === scaleBetween(width, image.width);
  const isLabels = integers.has(dtype) && !quantization;
  if (shape.length === 3 && isLabels && isMap(a, b)) return {role: 'labels', channels: 1, text: 'the class number'};
  if (shape.length !== 4) return undefined;
  if (isMap(a, b)) return channelMap(c, isLabels);
  return isMap(b, c) ? channelMap(a, isLabels) : undefined;
}

/** Channels that an arg-max at the end of the graph chooses from. */
function comparedClasses({contents: {graph}}: Evidence): number | undefined {
  const last = meaningfulProducer(graph, graph.outputs[0] ?? -1);
  return last?.op === 'argmax' ? graph.values[last.inputs[0] ?? -1]?.shape?.at(-1) : undefined;
}

/** Power of two by which a side shrank, whichever way the graph rounds; NaN when it is none up to 32. */
function scaleBetween(small: number, large: number): number {
  for (let scale = 1; scale <= 32; scale *= 2) {
    if ([Math.ceil(large / scale), Math.floor(large / scale), (large - 1) / scale + 1].includes(small)) return scale;
  }
  return Number.NaN;
}

function channelMap(channels: number, isLabels: boolean): PixelMap | undefined {
  if (channels === 1 && isLabels) return {role: 'labels', channels, text: 'the class number'};
  if (isLabels) return undefined;
  return {role: 'logits', channels, text: channels === 1 ? 'one probability' : `${channels} class scores`};
}

/** Several channels compare as they are; one channel is a probability only where the graph squashes it. */
function activationOf({contents: {graph}}: Evidence, channels: number): Reasoned<'none'> | undefined {
  const last = meaningfulProducer(graph, graph.outputs[0] ?? -1)?.op ?? 'an unknown operator';
  if (last === 'softmax' || last === 'sigmoid') return {value: 'none', why: `the model ends in ${last}`};
  if (channels === 1 || (channels === 3 && last === 'tanh')) return undefined;
  return {value: 'none', why: `the model ends in ${last}; the largest score decides`};
}
