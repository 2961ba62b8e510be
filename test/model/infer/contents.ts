import type {ModelContents, TensorNotes} from '../../../src/model/contents.ts';
import type {Graph, GraphNode} from '../../../src/model/graph.ts';
import type {TensorSpec} from '../../../src/tensor/tensor.ts';

export interface ContentsPlan {
  readonly format?: 'tflite' | 'onnx';
  readonly inputs: readonly (Partial<TensorSpec> & {readonly shape: readonly number[]})[];
  readonly outputs: readonly (Partial<TensorSpec> & {readonly shape: readonly number[]})[];
  /** By value name; inputs are `in0`, `in1` …, outputs `out0` … */
  readonly nodes?: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly custom?: boolean;
  }[];
  /** Shapes and contents of other values. */
  readonly values?: Readonly<Record<string, {readonly shape: readonly number[]; readonly reals?: readonly number[]}>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly inputNotes?: readonly Partial<TensorNotes>[];
}

const noNotes: TensorNotes = {
  name: '',
  description: '',
  image: undefined,
  normalization: undefined,
  scoreThreshold: undefined,
  labelFiles: [],
};

/** A model's contents without a file. */
export function contentsOf(plan: ContentsPlan): ModelContents {
  const {format = 'tflite', nodes = [], values = {}, metadata = {}, inputNotes = []} = plan;
  const spec = (given: Partial<TensorSpec>, name: string): TensorSpec => ({
    name,
    dtype: 'float32',
    shape: [],
    ...given,
  });
  return {
    header: {
      format,
      description: '',
      inputs: plan.inputs.map((given, index) => spec(given, `in${index}`)),
      outputs: plan.outputs.map((given, index) => spec(given, `out${index}`)),
      operators: [],
      customOps: [],
      edgetpuCompiled: false,
      macs: 0,
      weightBytes: 0,
      metadata,
      packedLabels: [],
    },
    graph: graphOf(plan, nodes, values),
    inputNotes: inputNotes.map(notes => ({...noNotes, ...notes})),
    outputNotes: [],
  };
}

function graphOf(
  {inputs, outputs}: ContentsPlan,
  nodes: NonNullable<ContentsPlan['nodes']>,
  values: NonNullable<ContentsPlan['values']>,
): Graph {
  const names = [...inputs.map((_, index) => `in${index}`), ...outputs.map((_, index) => `out${index}`)];
  for (const node of nodes) {
    for (const name of [...node.inputs, ...node.outputs]) if (!names.includes(name)) names.push(name);
  }
  const at = (name: string) => names.indexOf(name);
  const shapes = [...inputs, ...outputs].map(({shape}) => shape);
  return {
    values: names.map((name, index) => {
      const {shape = shapes[index], reals} = values[name] ?? {};
      return {name, shape, reals: reals && (() => Float32Array.from(reals))};
    }),
    nodes: nodes.map(
      (node): GraphNode => ({
        op: node.op,
        custom: node.custom ?? false,
        inputs: node.inputs.map(at),
        outputs: node.outputs.map(at),
      }),
    ),
    inputs: inputs.map((_, index) => index),
    outputs: outputs.map((_, index) => inputs.length + index),
  };
}
