import type {ManifestOutput} from '../manifest.ts';
import type {Finding, Rule} from './finding.ts';

/** Name of TFLite's operator for anchors, score selection and suppression. */
const operator = 'TFLite_Detection_PostProcess';
/** What it gives, in its own order. */
const rolesInOrder = ['boxes', 'classes', 'scores', 'count'] as const;

/** SSD models that end in the post-processing operator; roles follow the operator's outputs, not the file's order. */
export const ssdPostprocess: Rule = ({contents: {graph, header}}): Finding | undefined => {
  const node = graph.nodes.find(({op, custom}) => custom && op === operator);
  if (!node) return undefined;
  const outputs = header.outputs.map((_, index): ManifestOutput & {why: string} => {
    const position = node.outputs.indexOf(graph.outputs[index] ?? -1);
    const role = rolesInOrder[position];
    return role
      ? {index, role, why: `output ${position} of ${operator}`}
      : {index, role: 'ignored', why: `not an output of ${operator}`};
  });
  if (rolesInOrder.slice(0, 3).some(role => !outputs.some(output => output.role === role))) return undefined;
  const classes = classCount(graph.values[node.inputs[1] ?? -1]?.shape);
  return {
    task: 'detect',
    family: 'ssd-postprocess',
    why: `the graph has the operator ${operator}`,
    outputs,
    decode: {},
    decodeReasons: {},
    image: {},
    classCount: classes,
  };
};

/** The operator's scores `[1, N, 1 + C]` start with the background, which its class numbers leave out. */
function classCount(scores: readonly number[] | undefined): number | undefined {
  const last = scores?.at(-1);
  return last === undefined || last < 2 ? undefined : last - 1;
}
