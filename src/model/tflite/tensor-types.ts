import type {DType} from '../../tensor/tensor.ts';

/** Element types of schema 3c; the position is the code. Bits per element; 0: no plain memory. */
const types = [
  ['float32', 32],
  ['float16', 16],
  ['int32', 32],
  ['uint8', 8],
  ['int64', 64],
  ['string', 0],
  ['bool', 8],
  ['int16', 16],
  ['complex64', 64],
  ['int8', 8],
  ['float64', 64],
  ['complex128', 128],
  ['uint64', 64],
  ['resource', 0],
  ['variant', 0],
  ['uint32', 32],
  ['uint16', 16],
  ['int4', 4],
  ['bfloat16', 16],
  ['int2', 2],
  ['uint4', 4],
] as const;

export type TfliteType = (typeof types)[number][0];

/** Type of a schema code; undefined for unknown codes. */
export function tfliteType(code: number): TfliteType | undefined {
  return types[code]?.[0];
}

const bitsByType = Object.fromEntries(types) as Readonly<Record<TfliteType, number>>;

/** Bytes of `count` elements, packed; undefined for strings, resources and variants. */
export function tfliteByteSize(type: TfliteType, count: number): number | undefined {
  const bits = bitsByType[type];
  return bits === 0 ? undefined : Math.ceil((count * bits) / 8);
}

const sessionTypes: ReadonlySet<string> = new Set<DType>([
  'float32',
  'float16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
]);

/** The type as sessions know it; undefined for types that sessions do not carry. */
export function sessionDtype(type: TfliteType): DType | undefined {
  return sessionTypes.has(type) ? (type as DType) : undefined;
}
