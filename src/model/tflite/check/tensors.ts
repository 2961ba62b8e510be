import {invalidModel, printable} from '../../invalid.ts';
import type {TfliteSubgraph, TfliteTensor} from '../file.ts';
import {tfliteByteSize} from '../tensor-types.ts';
import {maxElements, maxRank, maxTensorBytes} from './limits.ts';
import {checkQuantization} from './quantization.ts';
import {checkSparsity} from './sparsity.ts';
import {checkStrings} from './strings.ts';

/** How messages name a tensor. */
export function tensorName(subgraph: TfliteSubgraph, tensor: TfliteTensor): string {
  return `tflite: subgraph ${subgraph.index} tensor ${tensor.index} "${printable(tensor.name)}"`;
}

/**
 * Elements of a shape whose dimensions are known to be 0 or more.
 *
 * @returns undefined when the count does not fit a kernel's 32-bit integer
 */
export function safeElementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    count *= dimension;
    if (count > maxElements) return undefined;
  }
  return count;
}

/** Checks every tensor on its own: shape, size of its constant, quantization. @throws {ModelInvalidError} */
export function checkTensors(subgraph: TfliteSubgraph): void {
  for (const tensor of subgraph.tensors) {
    const where = tensorName(subgraph, tensor);
    checkShape(tensor, where);
    checkConstant(tensor, where);
    checkQuantization(tensor, where);
  }
}

function checkShape(tensor: TfliteTensor, where: string): void {
  const {shape, signature} = tensor;
  if (shape.length > maxRank) throw invalidModel(where, `${shape.length} dimensions, at most ${maxRank}`);
  if (shape.some(dimension => dimension < 0)) throw invalidModel(where, `negative dimension in [${shape}]`);
  if (signature.some(dimension => dimension < -1)) throw invalidModel(where, `shape signature [${signature}]`);
  const count = safeElementCount(shape);
  const size = count === undefined ? undefined : (tfliteByteSize(tensor.type, count) ?? 0);
  if (size === undefined || size > maxTensorBytes) {
    throw invalidModel(where, `shape [${shape}] of ${tensor.type} takes more than ${maxTensorBytes} bytes`);
  }
}

function checkConstant(tensor: TfliteTensor, where: string): void {
  const {constant, type, shape} = tensor;
  if (!constant) return;
  if (tensor.isVariable) throw invalidModel(where, 'a variable tensor has constant contents');
  const count = safeElementCount(shape) ?? 0;
  if (tensor.sparsity) checkSparsity(tensor, where);
  else if (type === 'string') checkStrings(constant, count, where);
  else if (constant.length !== tfliteByteSize(type, count)) {
    throw invalidModel(
      where,
      `${constant.length} bytes of contents, shape [${shape}] of ${type} takes ${tfliteByteSize(type, count) ?? 'none'}`,
    );
  }
}
