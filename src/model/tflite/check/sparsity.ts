import {invalidModel} from '../../invalid.ts';
import type {TfliteTensor} from '../file.ts';
import type {Sparsity} from '../schema.ts';
import {tfliteByteSize} from '../tensor-types.ts';

type Dimension = Sparsity['dimensions'][number];
const dense = 0;

/**
 * Checks a sparse constant: the traversal order is a permutation, every level's indices stay inside their dimension, and the
 * contents are as long as the levels say.
 *
 * @throws {ModelInvalidError}
 */
export function checkSparsity(tensor: TfliteTensor, where: string): void {
  const {sparsity, shape} = tensor;
  if (!sparsity) return;
  const {traversalOrder, blockMap, dimensions} = sparsity;
  const levels = shape.length + blockMap.length;
  const isPermutation = [...traversalOrder].sort((a, b) => a - b).every((value, index) => value === index);
  if (traversalOrder.length !== levels || dimensions.length !== levels || !isPermutation) {
    throw invalidModel(where, `sparsity with traversal order [${traversalOrder}] for ${levels} levels`);
  }
  const sizes = levelSizes(tensor, sparsity, where);
  let count = 1;
  dimensions.forEach((dimension, level) => {
    const size = sizes[traversalOrder[level] ?? 0] ?? 0;
    count =
      dimension.format === dense
        ? denseLevel(dimension, size, count, where)
        : sparseLevel(dimension, size, count, where);
    if (count > 2 ** 31) throw invalidModel(where, 'its sparse levels hold too many elements');
  });
  const expected = tfliteByteSize(tensor.type, count);
  if (tensor.constant?.length !== expected) {
    throw invalidModel(where, `${tensor.constant?.length} bytes of sparse contents, its levels hold ${expected}`);
  }
}

/** Sizes of the conceptual dimensions: the shape cut into blocks, then the block dimensions. */
function levelSizes(tensor: TfliteTensor, {blockMap, traversalOrder, dimensions}: Sparsity, where: string): number[] {
  const sizes = [...tensor.shape];
  blockMap.forEach((mapped, block) => {
    const level = traversalOrder.indexOf(tensor.shape.length + block);
    const blockSize = dimensions[level]?.denseSize ?? 0;
    const whole = sizes[mapped];
    if (whole === undefined || blockSize <= 0 || whole % blockSize !== 0) {
      throw invalidModel(where, `block ${block} of ${blockSize} does not divide dimension ${mapped}`);
    }
    sizes[mapped] = whole / blockSize;
    sizes[tensor.shape.length + block] = blockSize;
  });
  return sizes;
}

function denseLevel(dimension: Dimension, size: number, count: number, where: string): number {
  if (dimension.denseSize !== size)
    throw invalidModel(where, `dense level of ${dimension.denseSize}, expected ${size}`);
  return count * size;
}

function sparseLevel(dimension: Dimension, size: number, count: number, where: string): number {
  const segments = dimension.segments.value?.values ?? [];
  const indices = dimension.indices.value?.values ?? [];
  const ascending = segments.every((value, index) => (index === 0 ? value === 0 : value >= (segments[index - 1] ?? 0)));
  if (segments.length !== count + 1 || !ascending || segments.at(-1) !== indices.length) {
    throw invalidModel(where, `sparse level with ${segments.length} segments and ${indices.length} indices`);
  }
  const outside = indices.find(index => index < 0 || index >= size);
  if (outside !== undefined) throw invalidModel(where, `sparse index ${outside} of a dimension of ${size}`);
  return indices.length;
}
