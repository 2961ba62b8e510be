import {invalidModel} from '../../invalid.ts';
import type {TfliteTensor} from '../file.ts';
import type {TfliteType} from '../tensor-types.ts';

const zeroPointRange: Readonly<Partial<Record<TfliteType, readonly [number, number]>>> = {
  int2: [-2, 1],
  int4: [-8, 7],
  uint4: [0, 15],
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
};
/** Smallest 32-bit float that is not subnormal. */
const smallestNormal = 2 ** -126;
const int32Range = [-(2 ** 31), 2 ** 31 - 1] as const;

/** Checks scales and zero points against shape and type. @throws {ModelInvalidError} */
export function checkQuantization(tensor: TfliteTensor, where: string): void {
  const {quantization, shape, type} = tensor;
  if (!quantization) return;
  const {scales, zeroPoints, dimension} = quantization;
  if (zeroPoints.length !== scales.length) {
    throw invalidModel(where, `${scales.length} scales but ${zeroPoints.length} zero points`);
  }
  if (dimension < 0 || (shape.length > 0 && dimension >= shape.length)) {
    throw invalidModel(where, `quantized_dimension ${dimension} of a tensor with ${shape.length} dimensions`);
  }
  if (scales.length > 1 && scales.length !== shape[dimension]) {
    throw invalidModel(where, `${scales.length} scales for dimension ${dimension} of [${shape}]`);
  }
  const scale = scales.find(value => !(value === 0 || (value >= smallestNormal && Number.isFinite(value))));
  if (scale !== undefined) throw invalidModel(where, `scale ${scale} is neither 0 nor a positive number`);
  const [low, high] = zeroPointRange[type] ?? int32Range;
  const zeroPoint = zeroPoints.find(value => value < low || value > high);
  if (zeroPoint !== undefined) throw invalidModel(where, `zero point ${zeroPoint} of a tensor of ${type}`);
}
