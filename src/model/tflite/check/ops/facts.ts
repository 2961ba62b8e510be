import {invalidModel} from '../../../invalid.ts';
import type {TfliteOperator, TfliteSubgraph, TfliteTensor} from '../../file.ts';
import type {TfliteType} from '../../tensor-types.ts';
import {operatorName} from '../graph.ts';

export type Shape = readonly number[];

/** One tensor as an operator sees it. */
export interface Operand {
  readonly tensor: TfliteTensor;
  readonly type: TfliteType;
  /** As computed from the graph's inputs on; undefined where it depends on what is computed at run time. */
  readonly shape: Shape | undefined;
  /** Elements of an integer tensor that is constant or follows from constants and shapes. */
  readonly ints: readonly number[] | undefined;
}

/** What has been worked out so far, by tensor index. */
export interface KnownTensors {
  readonly shapes: readonly (Shape | undefined)[];
  /** Elements of integer tensors: computed, or read from constants once. */
  readonly ints: Map<number, readonly number[] | undefined>;
  /** Elements that operators may still look at: many operators on one long list must not take forever. */
  looksLeft: number;
}

/** Enough for every operator of the largest models to look at its axes and indices. */
export const maxLooks = 100_000_000;

/** Shapes of an operator's outputs; undefined for those that only a run can tell. */
export type OpRule = (op: OpFacts) => readonly (Shape | undefined)[];

/** Kernels refuse or trip over subnormal scales; the smallest published one is 3e-35. */
const smallestScale = 2 ** -126;
const largestScale = 2 ** 40;

/** Elements of constants that are read as shapes, axes, indices: enough for any gather table worth checking. */
const maxIntegers = 2 ** 20;

/** One operator with its operands, and the words to refuse it. */
export class OpFacts {
  readonly operator: TfliteOperator;
  readonly #subgraph: TfliteSubgraph;
  readonly #known: KnownTensors;

  constructor(subgraph: TfliteSubgraph, operator: TfliteOperator, known: KnownTensors) {
    this.#subgraph = subgraph;
    this.operator = operator;
    this.#known = known;
  }

  fail(what: string): never {
    throw invalidModel(operatorName(this.#subgraph, this.operator), what);
  }

  /** Refuses the operator unless `condition` holds. */
  check(condition: boolean, what: () => string): void {
    if (!condition) this.fail(what());
  }

  /** Refuses other numbers of inputs and outputs. */
  arity(inputs: readonly [least: number, most: number], outputs: number): void {
    const {inputs: given, outputs: made} = this.operator;
    if (given.length < inputs[0] || given.length > inputs[1] || made.length !== outputs) {
      this.fail(
        `has ${given.length} inputs and ${made.length} outputs, expected ${inputs.join(' to ')} and ${outputs}`,
      );
    }
  }

  #operand(index: number | undefined): Operand | undefined {
    const tensor = index === undefined ? undefined : this.#subgraph.tensors[index];
    if (!tensor) return undefined;
    const integers = () => this.#integers(tensor);
    return {
      tensor,
      type: tensor.type,
      shape: this.#known.shapes[tensor.index],
      get ints() {
        return integers();
      },
    };
  }

  #integers(tensor: TfliteTensor): readonly number[] | undefined {
    const {ints} = this.#known;
    if (!ints.has(tensor.index)) ints.set(tensor.index, constantInts(tensor));
    const list = ints.get(tensor.index);
    this.#known.looksLeft -= list?.length ?? 0;
    if (this.#known.looksLeft < 0) this.fail('looks at too many constants');
    return list;
  }

  /** An input that may be left out. */
  optional(position: number): Operand | undefined {
    return this.#operand(this.operator.inputs[position]);
  }

  input(position: number): Operand {
    return this.optional(position) ?? this.fail(`input ${position} is missing`);
  }

  output(position: number): Operand {
    return this.#operand(this.operator.outputs[position]) ?? this.fail(`output ${position} is missing`);
  }

  get inputs(): readonly Operand[] {
    return this.operator.inputs.map((_, position) => this.input(position));
  }

  /** Refuses the operator unless its options are of the named table. */
  options(name: string): void {
    const {optionsName} = this.operator;
    if (optionsName !== name) this.fail(`has ${optionsName || 'no'} options, expected ${name}`);
  }

  /** A numeric option; 0 when the file leaves the options out. */
  number(key: string): number {
    const value = this.operator.options?.[key];
    return typeof value === 'number' ? value : 0;
  }

  flag(key: string): boolean {
    return this.operator.options?.[key] === true;
  }

  numbers(key: string): readonly number[] {
    const value = this.operator.options?.[key];
    return Array.isArray(value) ? value : [];
  }

  /** A negative axis counts from the end. */
  axis(axis: number, rank: number): number {
    const from = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(axis) || from < 0 || from >= rank) this.fail(`axis ${axis} of ${rank} dimensions`);
    return from;
  }

  /** Refuses an operand of another rank; true when its shape is known. */
  rank(operand: Operand, rank: number, name: string): operand is Operand & {readonly shape: Shape} {
    if (operand.shape && operand.shape.length !== rank) {
      this.fail(`${name} has shape [${operand.shape}], expected ${rank} dimensions`);
    }
    return operand.shape !== undefined;
  }

  /** Refuses an operand of a type not in the list. */
  type(operand: Operand, allowed: readonly TfliteType[], name: string): void {
    if (!allowed.includes(operand.type)) {
      this.fail(`${name} is of type ${operand.type}, expected ${allowed.join(', ')}`);
    }
  }

  /** Refuses operands of different types. */
  sameType(...operands: readonly Operand[]): void {
    const [first, ...others] = operands;
    const other = others.find(({type}) => type !== first?.type);
    if (first && other) this.fail(`mixes ${first.type} and ${other.type}`);
  }

  /** Scale of an 8- or 16-bit operand; refuses those without one that kernels can divide by. Undefined for other types. */
  scaled(operand: Operand, name: string): number | undefined {
    const {type, tensor} = operand;
    if (type !== 'int8' && type !== 'uint8' && type !== 'int16') return undefined;
    const [scale = 0, ...others] = tensor.quantization?.scales ?? [];
    if (others.length > 0 || !(scale >= smallestScale && scale <= largestScale)) {
      this.fail(`${name} of ${type} has the scales [${tensor.quantization?.scales ?? []}], expected one usable`);
    }
    return scale;
  }
}

function constantInts({constant, type, sparsity}: TfliteTensor): readonly number[] | undefined {
  if (!constant || sparsity || constant.length > maxIntegers * 4) return undefined;
  const view = new DataView(constant.buffer, constant.byteOffset, constant.byteLength);
  if (type === 'int32') {
    return Array.from({length: constant.length / 4}, (_, index) => view.getInt32(index * 4, true));
  }
  if (type === 'int64') {
    return Array.from({length: constant.length / 8}, (_, index) => Number(view.getBigInt64(index * 8, true)));
  }
  return undefined;
}
