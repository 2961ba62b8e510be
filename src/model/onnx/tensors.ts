import {halfToNumber} from '../../tensor/half.ts';
import {invalidModel, printable, unsupportedModel} from '../invalid.ts';
import {dataType} from './data-types.ts';
import type {Bulk} from './fields.ts';
import type {OnnxTensor} from './schema.ts';

/** Elements of one constant. */
const maxElements = 2 ** 31 - 1;
const external = 1;

/** Elements of a shape of non-negative dimensions; undefined above 2^31 − 1. */
export function elementCount(dims: readonly number[]): number | undefined {
  let count = 1;
  for (const dim of dims) {
    count *= dim;
    if (count > maxElements) return undefined;
  }
  return count;
}

/**
 * Checks a constant: its data are inside the file and exactly as long as its shape and type say.
 *
 * @throws {ModelInvalidError}
 * @throws {ModelUnsupportedError} the data lie in another file
 */
export function checkTensor(tensor: OnnxTensor): void {
  const where = `onnx: initializer "${printable(tensor.name)}"`;
  if (tensor.dataLocation === external || tensor.externalData.length > 0) {
    const location = tensor.externalData.find(({key}) => key === 'location')?.value ?? '';
    throw unsupportedModel(
      where,
      `its data lie outside the file, in "${printable(location)}"`,
      'Save the model as one file (onnx.save with save_as_external_data=False).',
    );
  }
  const type = dataType(tensor.dataType);
  if (!type) throw invalidModel(where, `data type ${tensor.dataType ?? 'missing'} is not known`);
  if (tensor.dims.some(dim => dim < 0)) throw invalidModel(where, `negative dimension in [${tensor.dims}]`);
  const count = elementCount(tensor.dims);
  if (count === undefined) throw invalidModel(where, `shape [${tensor.dims}] has more than ${maxElements} elements`);
  const found = tensor.rawData ? rawCount(tensor.rawData, type.bits) : fieldCount(tensor, type.name);
  const expected = type.bits > 0 && type.bits < 8 && !tensor.rawData ? Math.ceil((count * type.bits) / 8) : count;
  const fits = tensor.rawData && type.bits < 8 ? found === Math.ceil((count * type.bits) / 8) : found === expected;
  if (!fits)
    throw invalidModel(where, `holds ${found} elements of ${type.name}, shape [${tensor.dims}] takes ${expected}`);
}

/** Whole elements in raw bytes; bytes for types that share them. */
function rawCount(raw: Uint8Array, bits: number): number {
  return bits < 8 ? raw.length : raw.length / (bits / 8);
}

function fieldCount(tensor: OnnxTensor, name: string): number {
  switch (name) {
    case 'float':
      return fixedCount(tensor.floatData, 4);
    case 'complex64':
      return fixedCount(tensor.floatData, 4) / 2;
    case 'double':
      return fixedCount(tensor.doubleData, 8);
    case 'complex128':
      return fixedCount(tensor.doubleData, 8) / 2;
    case 'int64':
      return varintCount(tensor.int64Data);
    case 'uint32':
    case 'uint64':
      return varintCount(tensor.uint64Data);
    case 'string':
      return tensor.stringData.chunks.length;
    default:
      return varintCount(tensor.int32Data);
  }
}

function fixedCount({chunks, single}: Bulk, size: number): number {
  return chunks.reduce((total, chunk) => total + chunk.length / size, single);
}

/** Every varint ends in a byte without the top bit. */
function varintCount({chunks, single}: Bulk): number {
  return chunks.reduce((total, chunk) => total + chunk.reduce((ends, byte) => ends + Number(byte < 0x80), 0), single);
}

/** Constants larger than this are not worth reading for what inference looks at. */
const maxRealBytes = 4 * 2 ** 20;

/** A constant's elements as numbers; undefined for other types, unpacked or very large data. */
export function tensorReals(tensor: OnnxTensor): Float32Array | undefined {
  const {floatData, rawData: raw} = tensor;
  const name = dataType(tensor.dataType)?.name;
  const [chunk] = floatData.chunks;
  const bytes = raw ?? (name === 'float' && floatData.chunks.length === 1 ? chunk : undefined);
  if (!bytes || bytes.length > maxRealBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (size: number, at: (offset: number) => number) =>
    Float32Array.from({length: Math.floor(bytes.length / size)}, (_, index) => at(index * size));
  switch (name) {
    case 'float':
      return read(4, offset => view.getFloat32(offset, true));
    case 'float16':
      return read(2, offset => halfToNumber(view.getUint16(offset, true)));
    case 'int8':
      return read(1, offset => view.getInt8(offset));
    case 'uint8':
      return read(1, offset => view.getUint8(offset));
    default:
      return undefined;
  }
}

/** More elements than any shape or list of axes has. */
const maxIntegers = 64;

/** A short integer constant's elements: shapes, axes, pads. Undefined for anything else. */
export function tensorInts(tensor: OnnxTensor): readonly number[] | undefined {
  const count = elementCount(tensor.dims) ?? maxIntegers + 1;
  if (count > maxIntegers) return undefined;
  const name = dataType(tensor.dataType)?.name;
  if (name !== 'int64' && name !== 'int32') return undefined;
  const {rawData} = tensor;
  if (rawData) {
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({length: count}, (_, index) =>
      name === 'int64' ? Number(view.getBigInt64(index * 8, true)) : view.getInt32(index * 4, true),
    );
  }
  const [chunk, ...more] = (name === 'int64' ? tensor.int64Data : tensor.int32Data).chunks;
  return chunk && more.length === 0 ? varints(chunk) : undefined;
}

function varints(bytes: Uint8Array): number[] {
  const values: number[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(Number(BigInt.asIntN(64, value)));
    value = 0n;
    shift = 0n;
  }
  return values;
}
