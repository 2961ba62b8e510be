import {
  type Cell,
  i8,
  i32,
  numbers,
  type Part,
  parts,
  ref,
  table,
  text,
  u32,
  u64,
  writeFlatbuffer,
} from './write-flatbuffer.ts';

/** Codes of the schema that tests use. */
export const codes = {
  ADD: 0,
  AVERAGE_POOL_2D: 1,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 4,
  FULLY_CONNECTED: 9,
  LOGISTIC: 14,
  RESHAPE: 22,
  SOFTMAX: 25,
  CUSTOM: 32,
  PAD: 34,
  GATHER: 36,
  TRANSPOSE: 39,
  MEAN: 40,
  STRIDED_SLICE: 45,
  EXP: 47,
  SPLIT: 49,
  WHILE: 119,
  CALL_ONCE: 129,
  VAR_HANDLE: 142,
  READ_VARIABLE: 143,
  ASSIGN_VARIABLE: 144,
} as const;

export const types = {float32: 0, int32: 2, uint8: 3, string: 5, int8: 9, resource: 13} as const;

export interface TensorPlan {
  readonly shape: readonly number[];
  readonly type?: number;
  readonly name?: string;
  /** Contents; the tensor gets a buffer of its own. */
  readonly data?: Uint8Array;
  /** A buffer number instead, as it is. */
  readonly buffer?: number;
  readonly isVariable?: boolean;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly dimension?: number;
}

export interface OperatorPlan {
  readonly code: number;
  readonly custom?: string;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Position in the union BuiltinOptions counted from 1, and the table's cells. */
  readonly options?: readonly [type: number, ...cells: readonly (Cell | null)[]];
}

export interface SubgraphPlan {
  readonly tensors: readonly TensorPlan[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly OperatorPlan[];
}

export interface ModelPlan {
  readonly subgraphs: readonly SubgraphPlan[];
  readonly version?: number;
  readonly identifier?: string;
  /** Metadata by name. */
  readonly metadata?: Readonly<Record<string, Uint8Array>>;
}

/** Bytes of 32-bit integers, little-endian. */
export function int32s(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** Bytes of 32-bit floats, little-endian. */
export function floats(count: number, value = 0.5): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(value).buffer);
}

/** A `.tflite` file made to a plan, right or wrong. */
export function buildTflite({subgraphs, version = 3, identifier = 'TFL3', metadata = {}}: ModelPlan): Uint8Array {
  const buffers: Part[] = [table(null)];
  const addBuffer = (data: Uint8Array): number => buffers.push(table(numbers('u8', [...data]), u64(0), u64(0))) - 1;
  const operatorCodes: Part[] = [];
  const subgraphParts = subgraphs.map(plan => subgraphPart(plan, addBuffer, operatorCodes));
  const entries = Object.entries(metadata).map(([name, data]) => table(text(name), u32(addBuffer(data))));
  const model = table(
    u32(version),
    parts(operatorCodes),
    parts(subgraphParts),
    text('made by a test'),
    parts(buffers),
    null,
    parts(entries),
  );
  return writeFlatbuffer(model, identifier);
}

function subgraphPart(plan: SubgraphPlan, addBuffer: (data: Uint8Array) => number, operatorCodes: Part[]): Part {
  const tensors = plan.tensors.map(tensor =>
    table(
      numbers('i32', tensor.shape),
      i8(tensor.type ?? types.float32),
      u32(tensor.buffer ?? (tensor.data ? addBuffer(tensor.data) : 0)),
      text(tensor.name ?? ''),
      quantizationCell(tensor),
      i8(tensor.isVariable ? 1 : 0),
    ),
  );
  const operators = plan.operators.map(({code, custom, inputs, outputs, options}) => {
    const index = operatorCodes.push(
      table(i8(Math.min(code, 127)), custom === undefined ? null : text(custom), i32(1), i32(code)),
    );
    const [type, ...cells] = options ?? [0];
    return table(
      u32(index - 1),
      numbers('i32', inputs),
      numbers('i32', outputs),
      i8(type),
      options ? ref(table(...cells)) : null,
    );
  });
  return table(parts(tensors), numbers('i32', plan.inputs), numbers('i32', plan.outputs), parts(operators));
}

function quantizationCell({scales, zeroPoints, dimension = 0}: TensorPlan): Cell | null {
  if (!scales) return null;
  return ref(
    table(
      null,
      null,
      numbers('f32', scales),
      numbers('i64', zeroPoints ?? scales.map(() => 0)),
      i8(0),
      null,
      i32(dimension),
    ),
  );
}
