import type {TensorSpec} from '../../tensor/tensor.ts';
import {meaningfulProducer} from '../graph.ts';
import type {DecodeOptions} from '../manifest.ts';
import {type Evidence, type Finding, type Reasoned, type Rule, shapeText} from './finding.ts';

type Activation = NonNullable<DecodeOptions['activation']>;

/** A picture in, one vector of class scores out. */
export const classify: Rule = evidence => {
  const {contents, image} = evidence;
  const [output, ...others] = contents.header.outputs;
  if (!image || !output || others.length > 0 || contents.header.inputs.length !== 1) return undefined;
  const classCount = vectorLength(output);
  if (classCount === undefined || classCount < 2) return undefined;
  const activation = scoreActivation(evidence, output);
  return activation && finding(output, classCount, activation);
};

function finding(output: TensorSpec, classCount: number, activation: Reasoned<Activation>): Finding {
  const why = `one picture in, one output ${shapeText(output.shape)}: ${classCount} class scores`;
  return {
    task: 'classify',
    family: 'scores',
    why,
    outputs: [{index: 0, role: 'scores', why: 'the only output'}],
    decode: {activation: activation.value},
    decodeReasons: {activation: activation.why},
    image: {},
    classCount,
  };
}

/** Length of the one dimension above 1; undefined for other shapes. */
export function vectorLength({shape}: Pick<TensorSpec, 'shape'>): number | undefined {
  const long = shape.filter((size, position) => size !== 1 && !(position === 0 && size === -1));
  const [length, ...more] = long;
  return length !== undefined && length > 1 && more.length === 0 ? length : undefined;
}

const poolingOps = new Set(['averagepool', 'maxpool', 'mean', 'lpnormalization']);

/** What turns the scores into 0–1; undefined when the vector is no class scores at all. */
function scoreActivation(
  {contents: {graph, outputNotes}}: Evidence,
  output: TensorSpec,
): Reasoned<Activation> | undefined {
  const last = meaningfulProducer(graph, graph.outputs[0] ?? -1);
  if (last?.op === 'softmax' || last?.op === 'sigmoid') {
    return {value: 'none', why: `the model ends in ${last.op}`};
  }
  if (outputNotes[0]?.labelFiles.length === 0 || !outputNotes[0]) {
    if (last && poolingOps.has(last.op)) return undefined;
  }
  const {quantization, dtype} = output;
  const isByte = dtype === 'uint8' || dtype === 'int8';
  const low = dtype === 'int8' ? -128 : 0;
  if (isByte && quantization && Math.abs(quantization.scale * 256 - 1) < 0.01 && quantization.zeroPoint === low) {
    return {value: 'none', why: 'the output is quantized to scores from 0 to 1'};
  }
  return {value: 'softmax', why: `the model ends in ${last?.op ?? 'an unknown operator'}: its numbers are logits`};
}
