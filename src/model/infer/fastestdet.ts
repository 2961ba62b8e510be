import {ancestorOps} from '../graph.ts';
import {type Finding, type Rule, shapeText} from './finding.ts';

/** Objectness, x, y, width, height. */
const fixedChannels = 5;
/** Input pixels per cell of the one head. */
const stride = 16;

/** FastestDet: one head `[1, 5 + C, H/16, W/16]` whose objectness is squashed and whose classes are softmaxed in the graph. */
export const fastestdet: Rule = ({contents: {header, graph}, image}): Finding | undefined => {
  const [output, ...others] = header.outputs;
  if (!image || !output || others.length > 0 || output.shape.length !== 4) return undefined;
  const [, a = 0, b = 0, c = 0] = output.shape;
  const [channels, lines, columns] = image.layout === 'nchw' ? [a, b, c] : [c, a, b];
  const fits = lines === Math.ceil(image.height / stride) && columns === Math.ceil(image.width / stride);
  if (!fits || channels <= fixedChannels) return undefined;
  const ops = ancestorOps(graph, graph.outputs[0] ?? -1);
  if (!ops.has('softmax') || !ops.has('sigmoid')) return undefined;
  return {
    task: 'detect',
    family: 'fastestdet',
    why: `one head ${shapeText(output.shape)} at a 16th of the input, with softmax and logistic function in the graph`,
    outputs: [{index: 0, role: 'predictions', why: 'the only output'}],
    decode: {activation: 'none'},
    decodeReasons: {activation: 'the graph applies them'},
    image: {
      normalization: {value: {mean: [0], std: [255]}, why: 'FastestDet takes pixels / 255'},
      colorOrder: {value: 'bgr', why: 'FastestDet is trained on pictures in BGR order'},
    },
    classCount: channels - fixedChannels,
  };
};
