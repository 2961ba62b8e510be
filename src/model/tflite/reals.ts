import {halfToNumber} from '../../tensor/half.ts';
import type {TfliteTensor} from './file.ts';

/** Constants larger than this are not worth reading for what inference looks at. */
const maxBytes = 4 * 2 ** 20;

/** A dense constant's elements as real numbers, dequantized; undefined for other types, sparse or very large constants. */
export function constantReals(tensor: TfliteTensor): Float32Array | undefined {
  const {constant, sparsity, shape, quantization} = tensor;
  if (!constant || sparsity || constant.length > maxBytes) return undefined;
  const stored = storedNumbers(tensor, constant);
  if (!stored || !quantization || tensor.type === 'float32' || tensor.type === 'float16') return stored;
  const {scales, zeroPoints, dimension} = quantization;
  const inner = shape.slice(dimension + 1).reduce((total, size) => total * size, 1);
  return stored.map((value, index) => {
    const slice = scales.length > 1 ? Math.floor(index / inner) % scales.length : 0;
    return (value - (zeroPoints[slice] ?? 0)) * (scales[slice] ?? 1);
  });
}

function storedNumbers({type}: TfliteTensor, bytes: Uint8Array): Float32Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (size: number, at: (offset: number) => number) =>
    Float32Array.from({length: Math.floor(bytes.length / size)}, (_, index) => at(index * size));
  switch (type) {
    case 'float32':
      return read(4, offset => view.getFloat32(offset, true));
    case 'float16':
      return read(2, offset => halfToNumber(view.getUint16(offset, true)));
    case 'int8':
      return read(1, offset => view.getInt8(offset));
    case 'uint8':
      return read(1, offset => view.getUint8(offset));
    case 'int16':
      return read(2, offset => view.getInt16(offset, true));
    case 'int32':
      return read(4, offset => view.getInt32(offset, true));
    default:
      return undefined;
  }
}
