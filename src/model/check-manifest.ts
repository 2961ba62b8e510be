import {ManifestError} from '../error/errors.ts';
import type {TensorSpec} from '../tensor/tensor.ts';
import {families, type Manifest} from './manifest.ts';
import type {ModelHeader} from './model.ts';

/**
 * Checks a manifest against the file it describes.
 *
 * @throws {ManifestError} names the key and what the file has instead
 */
export function checkManifest(manifest: Manifest, header: ModelHeader): void {
  const {name, task, family} = manifest;
  const known: readonly string[] = families[task];
  if (!known.includes(family)) {
    throw new ManifestError(
      `${name}: family is "${family}", task "${task}" has ${known.join(', ')}`,
      'Correct "task" or "family" in model.json.',
    );
  }
  checkIndices(name, 'inputs', manifest.inputs, header.inputs.length);
  checkIndices(name, 'outputs', manifest.outputs, header.outputs.length);
  manifest.outputs.forEach((output, position) => {
    if (output.role === 'state') checkState(manifest, header, position);
  });
}

function checkIndices(name: string, key: string, entries: readonly {readonly index: number}[], count: number): void {
  const seen = new Set<number>();
  entries.forEach(({index}, position) => {
    const where = `${name}: ${key}[${position}].index is ${index}`;
    if (index >= count) {
      throw new ManifestError(
        `${where}, expected below ${count}`,
        '`dunlin inspect` lists the file’s inputs and outputs.',
      );
    }
    if (seen.has(index)) throw new ManifestError(`${where}, which an earlier entry has`, 'Describe each tensor once.');
    seen.add(index);
  });
}

function checkState(manifest: Manifest, header: ModelHeader, position: number): void {
  const {index, feeds} = manifest.outputs[position] ?? {index: -1, feeds: undefined};
  const where = `${manifest.name}: outputs[${position}].feeds`;
  if (feeds === undefined) {
    throw new ManifestError(`${where} is missing for the role "state"`, 'Name the input that gets this output.');
  }
  const output = header.outputs[index];
  const input = header.inputs[feeds];
  if (!input || !output) {
    throw new ManifestError(
      `${where} is ${feeds}, expected below ${header.inputs.length}`,
      'Name an input of the file.',
    );
  }
  if (output.dtype !== input.dtype || !compatible(output, input)) {
    throw new ManifestError(
      `${where}: output ${index} is ${output.dtype} [${output.shape}], input ${feeds} is ${input.dtype} [${input.shape}]`,
      'A state output and the input it feeds have the same shape and dtype.',
    );
  }
}

function compatible(output: TensorSpec, input: TensorSpec): boolean {
  if (output.shape.length !== input.shape.length) return false;
  return output.shape.every((size, axis) => size === input.shape[axis] || size === -1 || input.shape[axis] === -1);
}
