import type {RunResult, Session} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError, ModelUnsupportedError, RunError} from '../../src/error/errors.ts';
import type {FrameInput} from '../../src/image/input.ts';
import type {Model, ModelFile} from '../../src/model/model.ts';
import type {Tensor, TensorSpec} from '../../src/tensor/tensor.ts';
import type {EdgetpuDevice} from './device.ts';
import {type Opening, openOnDevice} from './open.ts';

/** Where a segment's input comes from: an output of an earlier segment, or an input of the whole model (segment −1). */
interface Wire {
  readonly segment: number;
  readonly index: number;
}

/**
 * Opens a model that is cut into segments, each on an Edge TPU of its own, as one session: a run goes through all of them,
 * one after another, and every segment's weights stay in its chip.
 *
 * @param devices best first; the first ones are taken
 * @throws {DelegateUnavailableError} fewer devices than segments, or one cannot be had
 * @throws {ModelUnsupportedError} the segments do not fit each other
 */
export async function openSegments(
  model: Model,
  devices: readonly EdgetpuDevice[],
  opening: Opening,
): Promise<Session> {
  const segments = model.segments ?? [];
  const wires = wireSegments(segments, model.path);
  if (devices.length < segments.length) {
    throw new DelegateUnavailableError(
      `${opening.context.name}: ${model.name} is cut into ${segments.length} segments and needs as many Edge TPUs, ${devices.length} can be used`,
      'Plug in more, name a model for a single one as variants.edgetpu.file, or put "cpu" behind "edgetpu" in the order.',
    );
  }
  const opened: Session[] = [];
  try {
    for (const [index, segment] of segments.entries()) {
      opened.push(await openOnDevice({...model, ...segment}, devices[index] as EdgetpuDevice, opening));
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return new SegmentedSession(model, opened, wires);
}

/**
 * Finds the source of every input of the later segments: by tensor name among the outputs before it, latest first, and the
 * inputs of the model; where no name fits, the outputs of the segment before, in order.
 */
export function wireSegments(segments: readonly ModelFile[], path: string): Wire[][] {
  return segments.slice(1).map(({header}, position) => {
    const before = position; // the segment in front, as segments[0] was left out
    return header.inputs.map((input, index) => {
      const wire = findByName(segments, before, input) ?? {segment: before, index};
      const source = sourceOf(segments, wire);
      if (source && source.dtype === input.dtype && String(source.shape) === String(input.shape)) return wire;
      throw new ModelUnsupportedError(
        `${path}: segment ${before + 1} takes "${input.name}" (${input.dtype} [${input.shape}]), which no segment before it gives`,
        'Give the segments of one model, in order, as edgetpu_compiler --num_segments wrote them.',
      );
    });
  });
}

function findByName(segments: readonly ModelFile[], before: number, input: TensorSpec): Wire | undefined {
  for (let segment = before; segment >= 0; segment--) {
    const index = segments[segment]?.header.outputs.findIndex(({name}) => name === input.name) ?? -1;
    if (index >= 0) return {segment, index};
  }
  const index = segments[0]?.header.inputs.findIndex(({name}) => name === input.name) ?? -1;
  return index < 0 ? undefined : {segment: -1, index};
}

function sourceOf(segments: readonly ModelFile[], {segment, index}: Wire): TensorSpec | undefined {
  return segment < 0 ? segments[0]?.header.inputs[index] : segments[segment]?.header.outputs[index];
}

/** Several sessions in a row behind one face. */
class SegmentedSession implements Session {
  readonly engine: string;
  readonly outputs: readonly TensorSpec[];
  readonly #name: string;
  readonly #sessions: readonly Session[];
  readonly #wires: readonly Wire[][];
  #closing: Promise<void> | undefined;

  constructor(model: Model, sessions: readonly Session[], wires: readonly Wire[][]) {
    this.engine = `${sessions[0]?.engine} × ${sessions.length}`;
    this.outputs = model.header.outputs;
    this.#name = model.name;
    this.#sessions = sessions;
    this.#wires = wires;
  }

  get inputs(): readonly Tensor[] {
    return this.#sessions[0]?.inputs ?? [];
  }

  async run(picture?: FrameInput): Promise<RunResult> {
    if (this.#closing !== undefined)
      throw new RunError(`${this.#name}: the session is closed`, 'Open the model again.');
    const results: RunResult[] = [];
    for (const [index, session] of this.#sessions.entries()) {
      if (index > 0) this.#feed(index, results);
      results.push(await session.run(index === 0 ? picture : undefined));
    }
    return combine(results);
  }

  close(): Promise<void> {
    this.#closing ??= closeAll(this.#sessions);
    return this.#closing;
  }

  #feed(index: number, results: readonly RunResult[]): void {
    const inputs = this.#sessions[index]?.inputs ?? [];
    for (const [position, wire] of (this.#wires[index - 1] ?? []).entries()) {
      const source = wire.segment < 0 ? this.inputs[wire.index] : results[wire.segment]?.outputs[wire.index];
      if (source) inputs[position]?.data.set(source.data);
    }
  }
}

/** The last segment's outputs; times add up. */
function combine(results: readonly RunResult[]): RunResult {
  const [first] = results;
  const last = results.at(-1);
  if (!first || !last) throw new RunError('edgetpu: no segment was run', 'Report this as a bug.');
  const sum = (pick: (result: RunResult) => number) => results.reduce((total, result) => total + pick(result), 0);
  return {
    outputs: last.outputs,
    ...(first.geometry && {geometry: first.geometry}),
    timing: {
      ...first.timing,
      runMs: sum(({timing}) => timing.runMs),
      queueMs: sum(({timing}) => timing.queueMs ?? 0),
    },
  };
}

/** Every session is closed, whatever becomes of the others; then the first failure is told. */
async function closeAll(sessions: readonly Session[]): Promise<void> {
  const ended = await Promise.allSettled(sessions.map(session => session.close()));
  const failed = ended.find(result => result.status === 'rejected');
  if (failed) throw failed.reason;
}
