import type {TensorSpec} from '../../tensor/tensor.ts';
import {ancestorOps} from '../graph.ts';
import type {ManifestOutput} from '../manifest.ts';
import type {Evidence, Finding, ImageCandidate, ImageHints, Rule} from './finding.ts';
import {firstLayerRange, takesPixels} from './first-layer.ts';
import {imagenetNormalization} from './normalization.ts';

/** The usual ones first; the others are of networks cut down for small pictures. */
const strideSets = [
  [8, 16, 32],
  [8, 16, 32, 64],
  [4, 8, 16, 32],
  [8, 16],
  [16, 32],
  [4, 8],
];
/** Centre x, centre y, width, height, objectness. */
const fixedColumns = 5;

interface Layout {
  readonly strides: number[];
  readonly classCount: number;
  readonly outputs: readonly (ManifestOutput & {readonly why: string})[];
  /** Position of the output that holds the boxes. */
  readonly boxes: number;
}

/** YOLOX: one row per cell of the grids of strides 8, 16 and 32 (and 64), in one tensor or boxes apart from scores. */
export const yolox: Rule = (evidence): Finding | undefined => {
  const {image, contents} = evidence;
  const layout = image && (joined(contents.header.outputs, image) ?? split(contents.header.outputs, image));
  if (!layout) return undefined;
  const {strides, classCount, outputs} = layout;
  const isDecoded = ancestorOps(contents.graph, contents.graph.outputs[layout.boxes] ?? -1).has('exp');
  const squashed = isSquashed(evidence);
  if (!squashed && strideSets.indexOf(strides) > 1) return undefined;
  return {
    task: 'detect',
    family: 'yolox',
    why: `one row of 5 + ${classCount} numbers per grid cell of strides ${strides.join(', ')} on ${image?.width}×${image?.height}`,
    outputs,
    decode: {
      activation: squashed ? 'none' : 'sigmoid',
      strides: [...strides],
      ...(isDecoded && {boxes: 'pixels' as const}),
    },
    decodeReasons: {
      activation: squashed
        ? 'the graph applies the logistic function to the scores'
        : 'the graph ends without a logistic function',
      strides: 'their cells add up to the rows of the output',
      boxes: 'the graph itself turns offsets into pixels (it has an exponential)',
    },
    image: imageHints(evidence),
    classCount,
  };
};

const corner: Pick<ImageHints, 'fit' | 'padValue'> = {
  fit: {value: 'letterbox-corner', why: 'YOLOX places the picture at the top left'},
  padValue: 114,
};

/** Releases differ in what they feed; the weights of the first layer tell which one this is. */
function imageHints({contents: {graph}, image}: Evidence): ImageHints {
  const input = graph.inputs[image?.index ?? -1] ?? -1;
  const normalization = firstLayerRange(graph, input);
  if (normalization || takesPixels(graph, input) !== false)
    return {...laterReleases, ...(normalization && {normalization})};
  return firstRelease;
}

const laterReleases: ImageHints = {
  ...corner,
  normalization: {value: {mean: [0], std: [1]}, why: 'YOLOX takes pixels 0–255 as they are (since its release 0.1.1)'},
  colorOrder: {value: 'bgr', why: 'YOLOX is trained on pictures in BGR order'},
};

const firstRelease: ImageHints = {
  ...corner,
  normalization: {
    value: imagenetNormalization,
    why: 'the first convolution is not made for pixels 0–255: YOLOX 0.1.0 took ImageNet’s mean and deviation',
  },
  colorOrder: {value: 'rgb', why: 'YOLOX 0.1.0 took pictures in RGB order'},
};

/** Strides whose grid cells add up to `rows`. */
function matchStrides(rows: number | undefined, {width, height}: ImageCandidate): number[] | undefined {
  return strideSets.find(
    strides =>
      strides.reduce((total, stride) => total + Math.ceil(width / stride) * Math.ceil(height / stride), 0) === rows,
  );
}

function joined(outputs: readonly TensorSpec[], image: ImageCandidate): Layout | undefined {
  const [output, ...others] = outputs;
  const [, rows, columns = 0] = output?.shape.length === 3 ? output.shape : [];
  const strides = matchStrides(rows, image);
  if (!strides || others.length > 0 || columns <= fixedColumns) return undefined;
  return {
    strides,
    classCount: columns - fixedColumns,
    outputs: [{index: 0, role: 'predictions', why: 'the only output'}],
    boxes: 0,
  };
}

function split(outputs: readonly TensorSpec[], image: ImageCandidate): Layout | undefined {
  if (outputs.length !== 2) return undefined;
  const boxes = outputs.findIndex(({shape}) => shape.length === 3 && shape[2] === 4);
  const scores = boxes === 0 ? 1 : 0;
  const [, rows, columns = 0] = outputs[scores]?.shape.length === 3 ? outputs[scores].shape : [];
  const strides = matchStrides(rows, image);
  if (boxes < 0 || !strides || outputs[boxes]?.shape[1] !== rows || columns < 2) return undefined;
  return {
    strides,
    classCount: columns - 1,
    outputs: [
      {index: boxes, role: 'boxes', why: `shape [1, ${rows}, 4]`},
      {index: scores, role: 'scores', why: `shape [1, ${rows}, ${columns}]: objectness and ${columns - 1} classes`},
    ],
    boxes,
  };
}

/** Heads apply the logistic function to scores just before joining them with the boxes. */
function isSquashed({contents: {graph}}: Evidence): boolean {
  const makers = new Map(graph.nodes.flatMap(node => node.outputs.map(output => [output, node] as const)));
  const through = new Set([
    'concat',
    'concatenation',
    'reshape',
    'transpose',
    'quantize',
    'dequantize',
    'squeeze',
    'unsqueeze',
  ]);
  const open = [...graph.outputs];
  const seen = new Set<number>();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    const node = makers.get(value);
    if (!node || seen.has(value)) continue;
    seen.add(value);
    if (node.op === 'sigmoid') return true;
    if (through.has(node.op)) open.push(...node.inputs);
  }
  return false;
}
