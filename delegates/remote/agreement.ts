import {datatypeOf} from '../../src/kserve/datatypes.ts';
import {
  describeTensor,
  type ModelMetadata,
  shapesAgree,
  type TensorMetadata,
  tensorMetadata,
} from '../../src/kserve/metadata.ts';
import type {ModelHeader} from '../../src/model/model.ts';
import type {Tensor, TensorSpec} from '../../src/tensor/tensor.ts';

/**
 * How the server's model differs from ours, naming both sides; undefined when they agree. A server that lists no tensors
 * says nothing, which is no difference.
 */
export function difference(theirs: ModelMetadata, ours: ModelHeader): string | undefined {
  return differenceOf('input', theirs.inputs, ours.inputs) ?? differenceOf('output', theirs.outputs, ours.outputs);
}

function differenceOf(
  kind: 'input' | 'output',
  theirs: readonly TensorMetadata[],
  ours: readonly TensorSpec[],
): string | undefined {
  if (theirs.length === 0) return undefined;
  const names = theirs.map(({name}) => name);
  for (const spec of ours) {
    const here = tensorMetadata(spec);
    const there = theirs.find(({name}) => name === spec.name);
    if (there === undefined) return `${kind} ${describeTensor(here)} is missing there, which has ${names.join(', ')}`;
    if (there.datatype !== here.datatype || !agrees(there.shape, here.shape)) {
      return `${kind} is ${describeTensor(there)} there and ${describeTensor(here)} here`;
    }
  }
  if (theirs.length === ours.length) return undefined;
  return `it has ${theirs.length} ${kind}s there (${names.join(', ')}) and ${ours.length} here`;
}

/** TFLite files leave a shape empty that is known only while the model runs, such as a detector's boxes. */
function agrees(theirs: readonly number[], ours: readonly number[]): boolean {
  return theirs.length === 0 || ours.length === 0 || shapesAgree(theirs, ours);
}

/**
 * An input's shape: a dimension that is dynamic here is the server's, where that knows it.
 *
 * @param usual the shape that the input gets where nobody knows more
 */
export function inputShape(
  spec: TensorSpec,
  usual: readonly number[],
  theirs: readonly TensorMetadata[],
): readonly number[] {
  const there = theirs.find(({name}) => name === spec.name);
  return spec.shape.map((dimension, axis) => {
    const known = dimension < 0 ? (there?.shape[axis] ?? dimension) : dimension;
    return known < 0 ? usual[axis]! : known;
  });
}

/**
 * The outputs in the order of our model, with its quantization.
 *
 * @returns the first thing that is not as the model says, as a text
 */
export function arrange(outputs: readonly Tensor[], specs: readonly TensorSpec[]): readonly Tensor[] | string {
  const arranged: Tensor[] = [];
  for (const spec of specs) {
    const output = outputs.find(({name}) => name === spec.name);
    if (output === undefined) return `output ${spec.name} is missing`;
    if (output.dtype !== spec.dtype || !agrees(output.shape, spec.shape)) {
      const expected = describeTensor(tensorMetadata(spec));
      return `output is ${datatypeOf(output.dtype)} [${output.shape.join(', ')}], expected ${expected}`;
    }
    arranged.push({...spec, shape: output.shape, data: output.data});
  }
  return arranged;
}
