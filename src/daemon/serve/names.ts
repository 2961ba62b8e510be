import type {TensorSpec} from '../../tensor/tensor.ts';

/**
 * Tensors under names that tell them apart: an empty name becomes `<kind>_<index>`, and one that was there before gets
 * its index too.
 *
 * @param kind `input` or `output`
 */
export function distinctNames(tensors: readonly TensorSpec[], kind: string): TensorSpec[] {
  const taken = new Set<string>();
  return tensors.map((tensor, index) => {
    let name = tensor.name === '' ? `${kind}_${index}` : tensor.name;
    while (taken.has(name)) name = `${name}_${index}`;
    taken.add(name);
    const {dtype, shape} = tensor;
    return {name, dtype, shape};
  });
}
