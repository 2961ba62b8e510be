import type {TensorSpec} from '../../tensor/tensor.ts';
import {type Graph, meaningfulProducer, producerOf} from '../graph.ts';
import type {DecodeOptions} from '../manifest.ts';
import type {Finding, ImageCandidate, Rule} from './finding.ts';

/** Anchors of TensorFlow's SSD models: three per cell on the first of six grids, six on the others. */
const tensorflowAnchors = [3, 6, 6, 6, 6, 6];

interface Grid {
  readonly stride: number;
  readonly perCell: number;
}

/**
 * TensorFlow's SSD without its post-processing operator: boxes `[1, N, 4]` and scores `[1, N, 1 + C]` joined from heads on six
 * grids. Strides and anchors per cell are read from the heads; sizes and ratios are those of TensorFlow's generator, which no
 * file states. Other raw SSD models need their anchors in a manifest.
 */
export const ssdAnchors: Rule = ({contents: {header, graph}, image}): Finding | undefined => {
  if (!image || header.format !== 'tflite' || header.outputs.length !== 2) return undefined;
  const boxes = header.outputs.findIndex(isBoxes);
  const scores = 1 - boxes;
  const columns = header.outputs[scores]?.shape.at(-1) ?? 0;
  if (boxes < 0 || columns < 2) return undefined;
  const grids = headGrids(graph, graph.outputs[boxes] ?? -1, image);
  if (!grids || `${grids.map(({perCell}) => perCell)}` !== `${tensorflowAnchors}`) return undefined;
  const last = meaningfulProducer(graph, graph.outputs[scores] ?? -1)?.op;
  const anchors: NonNullable<DecodeOptions['anchors']> = {
    strides: grids.map(({stride}) => stride),
    perCell: [...tensorflowAnchors],
    scaleXy: 10,
    scaleWh: 5,
    minScale: 0.2,
    maxScale: 0.95,
    reduceLowest: true,
  };
  return {
    task: 'detect',
    family: 'ssd-anchors',
    why: `boxes and ${columns} scores for each anchor of six grids, with TensorFlow's 3 and 6 anchors per cell`,
    outputs: [
      {index: boxes, role: 'boxes', why: 'four numbers per anchor'},
      {index: scores, role: 'scores', why: `${columns} numbers per anchor`},
    ],
    decode: {activation: last === 'sigmoid' ? 'none' : 'sigmoid', anchors, backgroundIndex: 0, labelOffset: -1},
    decodeReasons: {
      activation:
        last === 'sigmoid' ? 'the graph applies the logistic function' : 'the scores come without a logistic function',
      anchors: 'grids are read from the heads; sizes assumed as in TensorFlow’s SSD pipelines (scales 0.2 to 0.95)',
      backgroundIndex: 'assumed: TensorFlow counts the background as class 0',
      labelOffset: 'label lists leave the background out',
    },
    image: {},
    classCount: columns - 1,
  };
};

function isBoxes({shape}: TensorSpec): boolean {
  return shape.at(-1) === 4 && shape.length >= 3 && shape[0] === 1;
}

const passing = new Set(['reshape', 'squeeze', 'quantize', 'dequantize']);

/** Each grid halves the one before it. */
const strides = [4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Grids of the heads that are joined into the boxes: each head gives `[1, H, W, 4 × anchors]`. */
function headGrids(graph: Graph, boxes: number, image: ImageCandidate): readonly Grid[] | undefined {
  const join = producerOf(graph, behindPassing(graph, boxes));
  if (join?.op !== 'concatenation' || join.inputs.length !== tensorflowAnchors.length) return undefined;
  const grids = join.inputs.map(input => {
    const shape = graph.values[behindPassing(graph, input)]?.shape ?? [];
    const [, height = 0, , channels = 0] = shape;
    const stride = strides.find(candidate => Math.ceil(image.height / candidate) === height);
    return shape.length === 4 && channels % 4 === 0 && stride ? {stride, perCell: channels / 4} : undefined;
  });
  return grids.every(grid => grid !== undefined) ? grids : undefined;
}

/** More reshapes in a row than any exporter writes. */
const maxPassing = 8;

/** The value that a chain of reshapes starts from. */
function behindPassing(graph: Graph, value: number): number {
  let at = value;
  for (let step = 0; step < maxPassing; step++) {
    const node = producerOf(graph, at);
    if (!node || !passing.has(node.op)) break;
    at = node.inputs[0] ?? -1;
  }
  return at;
}
