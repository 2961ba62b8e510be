import type {TensorSpec} from '../../tensor/tensor.ts';
import type {ModelContents} from '../contents.ts';

/** An output that is fed back into an input before the next run. */
export interface StateLink {
  readonly output: number;
  readonly input: number;
  readonly why: string;
}

/** Words in the names of tensors that hold state. */
const stateWord = /^(state|lstm|gru|rnn|hidden|memory|cache|recurrent|feedback)s?$/;
/** Words that tell the two ends of a link apart, or that converters add. */
const sideWord =
  /^(raw|init|initial|inputs?|outputs?|in|out|new|next|prev|previous|n|serving|default|stateful|partitioned|call)$/;

/**
 * Pairs outputs with the inputs that they are fed back into: equal shape, dtype and quantization, and a name that speaks of
 * state. Among equals the most similar names win, then the order.
 *
 * @param taken inputs and outputs that have another role
 */
export function findStates(
  {header}: ModelContents,
  taken: {readonly inputs: ReadonlySet<number>; readonly outputs: ReadonlySet<number>},
): readonly StateLink[] {
  const links: StateLink[] = [];
  const freeOutputs = header.outputs.map((_, index) => index).filter(index => !taken.outputs.has(index));
  header.inputs.forEach((input, index) => {
    if (taken.inputs.has(index)) return;
    const alike = freeOutputs.filter(output => sameKind(header.outputs[output], input));
    const best = alike.toSorted((a, b) => similarity(header, b, input) - similarity(header, a, input))[0];
    if (best === undefined) return;
    const output = header.outputs[best];
    if (!output || !(speaksOfState(input.name) || speaksOfState(output.name))) return;
    freeOutputs.splice(freeOutputs.indexOf(best), 1);
    links.push({output: best, input: index, why: `same shape, dtype and quantization as input "${input.name}"`});
  });
  return links;
}

function sameKind(output: TensorSpec | undefined, input: TensorSpec): boolean {
  if (!output || output.dtype !== input.dtype || output.shape.length !== input.shape.length) return false;
  const sameShape = input.shape.every((size, axis) => {
    const other = output.shape[axis] ?? 0;
    return size === other || size === -1 || other === -1;
  });
  return (
    sameShape &&
    output.quantization?.scale === input.quantization?.scale &&
    output.quantization?.zeroPoint === input.quantization?.zeroPoint
  );
}

/** Lower-case words and numbers of a name: `raw_outputs/lstmC:0` gives raw, outputs, lstm, c, 0. */
function words(name: string): string[] {
  const spaced = name.replace(/([a-z])([A-Z])/g, '$1 $2').replace(/([a-z])(\d)/gi, '$1 $2');
  return spaced
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '');
}

function speaksOfState(name: string): boolean {
  return words(name).some(word => stateWord.test(word));
}

/** Shared words of two names, as a share of all words. */
function similarity(header: ModelContents['header'], output: number, input: TensorSpec): number {
  const a = ownWords(header.outputs[output]?.name ?? '');
  const b = ownWords(input.name);
  const shared = [...a].filter(word => b.has(word)).length;
  return shared / Math.max(1, a.size + b.size - shared);
}

function ownWords(name: string): ReadonlySet<string> {
  return new Set(words(name).filter(word => !sideWord.test(word)));
}
