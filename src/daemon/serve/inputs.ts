import {InputError, RunError} from '../../error/errors.ts';
import {datatypeOf} from '../../kserve/datatypes.ts';
import type {Tensor, TensorSpec} from '../../tensor/tensor.ts';
import type {AnswerParts, Fill} from './answer.ts';

/**
 * Checks a request's tensors against the model.
 *
 * @returns what puts them into a session's inputs
 * @throws {InputError} an input is missing or unknown, or has another datatype or shape
 */
export function inputFill(parts: AnswerParts, sent: readonly Tensor[]): Fill {
  const {inputs, optional} = parts;
  const byName = new Map(sent.map(tensor => [tensor.name, tensor]));
  for (const {name} of sent) {
    if (!inputs.some(input => input.name === name)) throw misfit(parts, `there is no input ${JSON.stringify(name)}`);
  }
  const values = inputs.map((input, index) => {
    const tensor = byName.get(input.name);
    if (tensor !== undefined) return fitting(parts, input, tensor);
    if (optional.has(index)) return undefined;
    throw misfit(parts, `input ${JSON.stringify(input.name)} is missing`);
  });
  return tensors => {
    for (const [index, value] of values.entries()) write(tensors[index]!, value);
  };
}

function fitting(parts: AnswerParts, input: TensorSpec, {dtype, shape, data}: Tensor): Uint8Array {
  if (dtype === input.dtype && String(shape) === String(input.shape)) return data;
  const got = `${datatypeOf(dtype)} [${shape.join(', ')}]`;
  throw misfit(parts, `input ${JSON.stringify(input.name)} is sent as ${got}`);
}

function write({name, shape, data}: Tensor, value: Uint8Array | undefined): void {
  // After a failed run an engine may have taken its inputs' memory back.
  if (data.length === 0 && !shape.includes(0)) {
    throw new RunError(`${name}: the session has lost its input memory`, 'Open the model again.');
  }
  if (value === undefined) data.fill(0);
  else data.set(value);
}

function misfit({name, inputs, optional}: AnswerParts, what: string): InputError {
  const expected = inputs.map((input, index) => {
    const text = `${input.name}: ${datatypeOf(input.dtype)} [${input.shape.join(', ')}]`;
    return optional.has(index) ? `${text} (may be left out)` : text;
  });
  return new InputError(`inputs: ${what}; model "${name}" takes ${expected.join('; ')}`, 'Send what the model takes.');
}
