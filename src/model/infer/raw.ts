import type {TensorSpec} from '../../tensor/tensor.ts';
import {meaningfulProducer} from '../graph.ts';
import {vectorLength} from './classify.ts';
import {type Evidence, type Finding, shapeText} from './finding.ts';

/** What is left when no rule fits: outputs as they are, and what would be needed to decode them. */
export function raw(evidence: Evidence, whyNoImage: string | undefined): Finding {
  const {header} = evidence.contents;
  return {
    task: 'tensor',
    family: 'raw',
    why: explain(evidence, whyNoImage),
    outputs: header.outputs.map((_, index) => ({index, role: 'ignored', why: 'no decoder reads it'})),
    decode: {},
    decodeReasons: {},
    image: {},
    classCount: undefined,
  };
}

function explain(evidence: Evidence, whyNoImage: string | undefined): string {
  const {header} = evidence.contents;
  const outputs = header.outputs.map(({shape, dtype}) => `${dtype} ${shapeText(shape)}`).join(', ');
  const advice = 'name task, family and the role of every output in a model.json to decode them';
  const cause = whyNoImage ?? recognised(evidence) ?? `outputs ${outputs} fit no family`;
  return `${cause}; ${advice}`;
}

/** Shapes that are known but have no decoder, or need what no file says. */
function recognised(evidence: Evidence): string | undefined {
  const {
    contents: {header, graph},
    image,
  } = evidence;
  const [first, second] = header.outputs;
  if (!image || !first) return undefined;
  if (header.outputs.length === 1 && vectorLength(first) !== undefined) {
    const last = meaningfulProducer(graph, graph.outputs[0] ?? -1)?.op;
    return `the model ends in ${last}: its output ${shapeText(first.shape)} is an embedding, not class scores`;
  }
  if (header.outputs.length === 1) return yoloText(first, image.width * image.height);
  return second && header.outputs.length === 2 ? anchorText(header.outputs) : undefined;
}

function yoloText({shape}: TensorSpec, pixels: number): string | undefined {
  if (shape.length !== 3) return undefined;
  const [, a = 0, b = 0] = shape;
  const cells = (pixels / 64) * 1.3125;
  if (Math.abs(a / (3 * cells) - 1) < 0.02 && b > 5) {
    return `output ${shapeText(shape)} has three anchors per grid cell like YOLOv5, for which there is no decoder yet`;
  }
  if (Math.abs(b / cells - 1) < 0.02 && a > 4 && a < b) {
    return `output ${shapeText(shape)} is laid out like YOLOv8's, for which there is no decoder yet`;
  }
  return undefined;
}

function anchorText(outputs: readonly TensorSpec[]): string | undefined {
  const boxes = outputs.findIndex(({shape}) => shape.length >= 3 && shape.at(-1) === 4);
  const other = outputs[1 - boxes];
  const rows = outputs[boxes]?.shape.at(-2);
  if (boxes < 0 || !other || other.shape.at(-2) !== rows) return undefined;
  return (
    `outputs ${outputs.map(({shape}) => shapeText(shape)).join(' and ')} are raw SSD boxes and scores; family "ssd-anchors" needs ` +
    `decode.anchors (strides, perCell) for ${rows} anchors and decode.activation, and the roles boxes ${boxes} and scores ${1 - boxes}`
  );
}
