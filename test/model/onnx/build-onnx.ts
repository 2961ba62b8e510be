/** A field of a protobuf message: a varint, bytes, or a message inside. */
export type FieldPlan = readonly [number: number, value: number | string | Uint8Array | readonly FieldPlan[]];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

/** Bytes of a message made to a plan. */
export function encode(fields: readonly FieldPlan[]): Uint8Array {
  const bytes: number[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number') {
      bytes.push(...varint(number * 8), ...varint(value));
      continue;
    }
    const content =
      typeof value === 'string' ? new TextEncoder().encode(value) : value instanceof Uint8Array ? value : encode(value);
    bytes.push(...varint(number * 8 + 2), ...varint(content.length));
    for (const byte of content) bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** A graph input or output; dimensions are numbers or names. */
export function value(name: string, dims: readonly (number | string)[], elemType = 1): readonly FieldPlan[] {
  const shape = dims.map((dim): FieldPlan => [1, [typeof dim === 'number' ? [1, dim] : [2, dim]]]);
  return [
    [1, name],
    [
      2,
      [
        [
          1,
          [
            [1, elemType],
            [2, shape],
          ],
        ],
      ],
    ],
  ];
}

export interface NodePlan {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: readonly (readonly FieldPlan[])[];
}

function node({op, inputs, outputs, domain = '', attributes = []}: NodePlan): FieldPlan {
  return [
    1,
    [
      ...inputs.map((name): FieldPlan => [1, name]),
      ...outputs.map((name): FieldPlan => [2, name]),
      [4, op],
      ...attributes.map((attribute): FieldPlan => [5, attribute]),
      ...(domain ? [[7, domain] as const] : []),
    ],
  ];
}

/** An attribute that is a list of integers. */
export function ints(name: string, ...values: readonly number[]): readonly FieldPlan[] {
  return [[1, name], ...values.map((each): FieldPlan => [8, each])];
}

/** A float constant with raw contents. */
export function constant(name: string, dims: readonly number[], raw?: Uint8Array): readonly FieldPlan[] {
  const count = dims.reduce((total, dim) => total * dim, 1);
  return [...dims.map((dim): FieldPlan => [1, dim]), [2, 1], [8, name], [9, raw ?? new Uint8Array(count * 4)]];
}

/** A 64-bit integer constant, packed. */
export function integers(name: string, ...values: readonly number[]): readonly FieldPlan[] {
  return [
    [1, values.length],
    [2, 7],
    [7, Uint8Array.from(values.flatMap(varint))],
    [8, name],
  ];
}

export interface GraphPlan {
  readonly nodes: readonly NodePlan[];
  readonly inputs: readonly (readonly FieldPlan[])[];
  readonly outputs: readonly (readonly FieldPlan[])[];
  readonly constants?: readonly (readonly FieldPlan[])[];
}

export function graph({nodes, inputs, outputs, constants = []}: GraphPlan): readonly FieldPlan[] {
  return [
    ...nodes.map(node),
    [2, 'made by a test'],
    ...constants.map((tensor): FieldPlan => [5, tensor]),
    ...inputs.map((input): FieldPlan => [11, input]),
    ...outputs.map((output): FieldPlan => [12, output]),
  ];
}

/** An `.onnx` file; more fields come last and may replace earlier ones. */
export function buildOnnx(plan: GraphPlan, more: readonly FieldPlan[] = []): Uint8Array {
  return encode([[1, 8], [7, graph(plan)], [8, [[2, 13]]], ...more]);
}
