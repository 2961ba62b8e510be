import {halfToNumber, numberToHalf} from '../tensor/half.ts';
import {bigView, numberView} from '../tensor/read.ts';
import {byteSize, type DType, elementCount, type Tensor, type TensorSpec} from '../tensor/tensor.ts';
import {datatypeOf} from './datatypes.ts';
import {exactInteger} from './json.ts';
import {malformed, shown} from './malformed.ts';

/** Integers that fit a double, with the least and the greatest value. */
const ranges: Partial<Readonly<Record<DType, readonly [number, number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
};

/**
 * A tensor's elements as a flat JSON list.
 *
 * @throws {InputError} NaN or an infinite number, which JSON does not have
 */
export function toJsonData(tensor: Tensor): string {
  const {name, dtype} = tensor;
  const data = tensor.data.byteOffset % 8 === 0 ? tensor.data : tensor.data.slice();
  if (dtype === 'bool') return `[${Array.from(data, value => value !== 0).join()}]`;
  if (dtype === 'int64' || dtype === 'uint64') return `[${bigView(dtype, data).join()}]`;
  const values = numberView(dtype, data);
  if (dtype === 'float16') return finiteList(Float64Array.from(values, halfToNumber), name);
  return dtype === 'float32' || dtype === 'float64' ? finiteList(values, name) : `[${values.join()}]`;
}

function finiteList(values: ReturnType<typeof numberView>, name: string): string {
  const at = values.findIndex(value => !Number.isFinite(value));
  if (at < 0) return `[${values.join()}]`;
  throw malformed(`tensor ${shown(name)}`, `value ${at} is ${values[at]}, which JSON cannot carry; use binary data`);
}

/**
 * The bytes of a JSON list, flat or nested as the shape says.
 *
 * @param where a path for messages: `inputs[0].data`
 * @param jsonBytes length of the message: more values than fit in it are refused before memory is taken
 * @throws {InputError} another number of values, another nesting, or a value that the dtype does not have
 */
export function fromJsonData(data: unknown, spec: TensorSpec, {where, jsonBytes}: JsonDataPlace): Uint8Array {
  if (!Array.isArray(data)) throw malformed(where, `expected a list of values, got ${shown(data)}`);
  const count = elementCount(spec.shape);
  const shape = Array.isArray(data[0]) && spec.shape.length > 0 ? spec.shape : [count];
  if (count > jsonBytes) throw malformed(where, `has fewer values than its shape [${spec.shape}]`);
  const bytes = new Uint8Array(byteSize(spec));
  const write = writer(spec.dtype, bytes, where);
  let at = 0;
  const visit = (list: unknown, depth: number): void => {
    if (!Array.isArray(list) || list.length !== shape[depth]) {
      const level = shape.length > 1 ? ` at level ${depth + 1}` : '';
      throw malformed(where, `expected a list of ${shape[depth]}${level} for [${spec.shape}], got ${shown(list)}`);
    }
    const isLast = depth === shape.length - 1;
    for (const entry of list) {
      if (isLast) write(entry, at++);
      else visit(entry, depth + 1);
    }
  };
  visit(data, 0);
  return bytes;
}

export interface JsonDataPlace {
  readonly where: string;
  readonly jsonBytes: number;
}

type Write = (value: unknown, at: number) => void;

function writer(dtype: DType, bytes: Uint8Array, where: string): Write {
  const wrong = (value: unknown, at: number) =>
    malformed(
      `${where}[${at}]`,
      `expected a value of ${datatypeOf(dtype)}, got ${shown(exactInteger(value) ?? value)}`,
    );
  if (dtype === 'int64' || dtype === 'uint64') return bigWriter(bigView(dtype, bytes), wrong);
  const target = numberView(dtype, bytes);
  const range = ranges[dtype];
  if (range !== undefined) {
    const [least, greatest] = range;
    return (value, at) => {
      if (!Number.isInteger(value) || (value as number) < least || (value as number) > greatest) throw wrong(value, at);
      target[at] = value as number;
    };
  }
  if (dtype === 'bool') {
    return (value, at) => {
      if (value !== true && value !== false && value !== 0 && value !== 1) throw wrong(value, at);
      target[at] = value ? 1 : 0;
    };
  }
  return (value, at) => {
    const number = typeof value === 'number' ? value : Number(exactInteger(value) ?? Number.NaN);
    target[at] = dtype === 'float16' ? numberToHalf(number) : number;
    const fits = dtype === 'float16' ? (target[at]! & 0x7c00) !== 0x7c00 : Number.isFinite(target[at]);
    if (!fits) throw wrong(value, at);
  };
}

function bigWriter(target: BigInt64Array | BigUint64Array, wrong: (value: unknown, at: number) => Error): Write {
  return (value, at) => {
    const digits = Number.isSafeInteger(value) ? String(value) : exactInteger(value);
    // 20 digits hold every 64-bit integer; turning much longer ones into numbers would take long.
    if (digits === undefined || digits.length > 20) throw wrong(value, at);
    const exact = BigInt(digits);
    target[at] = exact;
    if (target[at] !== exact) throw wrong(value, at);
  };
}
