import {ancestorOps} from '../graph.ts';
import {anchorCount} from './blazeface.ts';
import {type Finding, type Rule, shapeText} from './finding.ts';

/** UltraFace's prior boxes per cell of its four grids. */
const priors = {strides: [8, 16, 32, 64], perCell: [3, 2, 2, 3]};

/** UltraFace: `[1, N, 2]` background and face, and `[1, N, 4]` corners that the graph itself computes from its priors. */
export const ultraface: Rule = ({contents: {header, graph}, image}): Finding | undefined => {
  if (!image || header.outputs.length !== 2) return undefined;
  const boxes = header.outputs.findIndex(({shape}) => shape.length === 3 && shape[2] === 4);
  const scores = header.outputs.findIndex(({shape}) => shape.length === 3 && shape[2] === 2);
  const count = header.outputs[boxes]?.shape[1];
  if (boxes < 0 || scores < 0 || count === undefined || header.outputs[scores]?.shape[1] !== count) return undefined;
  if (count !== anchorCount(priors, image.width, image.height)) return undefined;
  const isDecoded = ancestorOps(graph, graph.outputs[boxes] ?? -1).has('exp');
  const isSoftmaxed = ancestorOps(graph, graph.outputs[scores] ?? -1).has('softmax');
  if (!isDecoded || !isSoftmaxed) return undefined;
  return {
    task: 'detect',
    family: 'ultraface',
    why: `outputs [1, ${count}, 2] and [1, ${count}, 4]: UltraFace's ${count} priors on ${image.width}×${image.height}, decoded in the graph`,
    outputs: [
      {index: scores, role: 'scores', why: `shape ${shapeText(header.outputs[scores]?.shape ?? [])}`},
      {index: boxes, role: 'boxes', why: `shape ${shapeText(header.outputs[boxes]?.shape ?? [])}`},
    ],
    decode: {activation: 'none'},
    decodeReasons: {activation: 'the graph applies softmax'},
    image: {normalization: {value: {mean: [127], std: [128]}, why: 'UltraFace takes (pixel − 127) / 128'}},
    classCount: 1,
  };
};
