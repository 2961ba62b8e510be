import {performance} from 'node:perf_hooks';
import type {RunResult, Session, SessionOptions} from '../../src/delegate/contract.ts';
import {
  DeviceLostError,
  type DunlinError,
  InputError,
  ModelUnsupportedError,
  RunError,
} from '../../src/error/errors.ts';
import type {FrameInput} from '../../src/image/input.ts';
import {type EncodedBody, readHeaderLength} from '../../src/kserve/body.ts';
import {decodeError} from '../../src/kserve/errors.ts';
import {encodeRequest} from '../../src/kserve/request.ts';
import {decodeResponse} from '../../src/kserve/response.ts';
import {concreteShape} from '../../src/model/concrete-shape.ts';
import type {Model} from '../../src/model/model.ts';
import {RunClock} from '../../src/native/host/run-clock.ts';
import {openPictureLane, type PictureLane} from '../../src/native/picture-lane.ts';
import {byteSize, elementCount, type Tensor, type TensorSpec} from '../../src/tensor/tensor.ts';
import {arrange, difference, inputShape} from './agreement.ts';
import type {Calls} from './calls.ts';
import {type Deadline, deadlineIn} from './deadline.ts';
import {type Answer, judge, type Outcome} from './outcome.ts';
import {ReceiveMemory} from './receive.ts';
import type {RemoteServer} from './server.ts';

/** An answer may have this much beside the outputs themselves. */
const spareBytes = 1024 * 1024;
/** Characters of a value in JSON at most, with brackets of nested lists. */
const jsonBytesPerValue = 40;
/** Where the outputs' size is not known beforehand. */
const mostUnknownBytes = 64 * 1024 * 1024;

export interface RemoteParts {
  readonly server: RemoteServer;
  readonly calls: Calls;
  /** The model's name on the server. */
  readonly name: string;
  /** Longest run, as configured. */
  readonly timeoutMs: number | undefined;
  /** In remedies: `delegates.server`. */
  readonly key: string;
}

/**
 * @throws {DelegateUnavailableError} the server or the model on it is not ready
 * @throws {ModelUnsupportedError} the model there has other tensors
 */
export async function openRemote(model: Model, parts: RemoteParts, options: SessionOptions): Promise<Session> {
  const {server, name, key} = parts;
  const metadata = await server.describe(name);
  const differs = metadata && difference(metadata, model.header);
  if (differs !== undefined) {
    throw new ModelUnsupportedError(
      `${model.path}: ${server.id} has another model as ${name}: ${differs}`,
      `Load this model there, or correct ${key}.model.`,
    );
  }
  const inputs = model.header.inputs.map((spec, index) =>
    allocate({...spec, shape: inputShape(spec, concreteShape(spec, index, model), metadata?.inputs ?? [])}),
  );
  return new RemoteSession(model, inputs, {...parts, options});
}

function allocate(spec: TensorSpec): Tensor {
  return {...spec, data: new Uint8Array(new ArrayBuffer(byteSize(spec)))};
}

class RemoteSession implements Session {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly TensorSpec[];
  readonly #parts: RemoteParts & {readonly options: SessionOptions};
  readonly #model: Model;
  readonly #where: string;
  readonly #lane: PictureLane;
  readonly #clock: RunClock;
  readonly #memory: ReceiveMemory;
  /** The inputs' memory never moves, so the binary request is made once. */
  readonly #binaryRequest: EncodedBody;
  #runs = 0;
  #last: Promise<unknown> = Promise.resolve();
  #lost: DeviceLostError | undefined;
  #closing: Promise<void> | undefined;

  constructor(model: Model, inputs: readonly Tensor[], parts: RemoteParts & {readonly options: SessionOptions}) {
    this.inputs = inputs;
    this.outputs = model.header.outputs;
    this.#parts = parts;
    this.#model = model;
    this.#where = `remote ${parts.server.id}`;
    this.#lane = openPictureLane('remote');
    this.#clock = new RunClock(parts.options.runTimeoutMs ?? parts.timeoutMs);
    this.#memory = new ReceiveMemory(mostAnswerBytes(this.outputs));
    this.#binaryRequest = encodeRequest(inputs, {binaryInputs: true, binaryOutputs: true});
  }

  get engine(): string {
    return `${this.#parts.server.software}${this.#parts.server.takesBinary === false ? ' (JSON)' : ''}`;
  }

  /** One after the other: they share the tensors' memory. */
  async run(picture?: FrameInput): Promise<RunResult> {
    if (this.#closing !== undefined) {
      throw new RunError(`${this.#model.name}: the session is closed`, 'Open the model again.');
    }
    const run = this.#last.then(() => this.#run(picture));
    this.#last = run.catch(() => undefined);
    return run;
  }

  close(): Promise<void> {
    this.#closing ??= this.#last.then(() => this.#lane.close());
    return this.#closing;
  }

  async #run(picture: FrameInput | undefined): Promise<RunResult> {
    if (this.#lost !== undefined) throw this.#lost;
    const prepared =
      picture === undefined ? undefined : await this.#lane.prepare(picture, this.inputs[picture.inputIndex]!.data);
    const startedAt = performance.now();
    const outputs = this.#decode(await this.#infer());
    const runMs = performance.now() - startedAt;
    this.#clock.add(runMs);
    this.#runs++;
    return {
      outputs,
      ...(prepared?.geometry === undefined ? {} : {geometry: prepared.geometry}),
      timing: {decodeMs: prepared?.decodeMs ?? 0, preprocessMs: prepared?.preprocessMs ?? 0, runMs},
    };
  }

  get #timeoutMs(): number {
    const {options, timeoutMs, server} = this.#parts;
    const fixed = options.runTimeoutMs ?? timeoutMs;
    return fixed ?? (this.#runs < 2 ? server.firstRunMs : this.#clock.timeoutMs);
  }

  /** While it is not known whether the server takes bytes, what it refuses is sent again as JSON. */
  async #infer(): Promise<Answer> {
    const {server, options} = this.#parts;
    const deadline = deadlineIn(this.#timeoutMs);
    const asBytes = server.takesBinary;
    const outcome = await this.#call(asBytes !== false, deadline);
    if (asBytes !== undefined) return this.#success(outcome);
    const verdict = judge(outcome);
    if (verdict === 'good') server.takesBinary = true;
    if (outcome.kind === 'fault' || (verdict !== 'refused' && verdict !== 'failed')) return this.#success(outcome);
    const plain = this.#success(await this.#call(false, deadline));
    server.takesBinary = false;
    options.log.info({server: server.id}, `${this.#where}: takes no binary tensors; sending JSON, which is slower`);
    return plain;
  }

  #call(asBytes: boolean, deadline: Deadline): Promise<Outcome> {
    const {server, calls, name} = this.#parts;
    const body = asBytes
      ? this.#binaryRequest
      : encodeRequest(this.inputs, {binaryInputs: false, binaryOutputs: false});
    return calls.make(() => server.infer(name, {body, deadline, memory: this.#memory}), deadline);
  }

  #decode(answer: Answer): readonly Tensor[] {
    let arranged: readonly Tensor[] | string;
    try {
      const {outputs} = decodeResponse(answer.body, readHeaderLength(answer.headerLength, answer.body.byteLength));
      arranged = arrange(outputs, this.outputs);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      arranged = error.message;
    }
    if (typeof arranged !== 'string') return arranged;
    throw this.#lose(`answered garbage: ${arranged}`, 'Check that the server runs the same model.');
  }

  #success(outcome: Outcome): Answer {
    if (outcome.kind === 'answer' && judge(outcome) === 'good') return outcome;
    throw this.#error(outcome);
  }

  #error(outcome: Outcome): DunlinError {
    const {server, name, key} = this.#parts;
    if (outcome.kind === 'fault') return this.#lose(outcome.reason, outcome.remedy);
    const said = decodeError(outcome.body);
    const words = said === undefined ? '' : `: ${server.redact(said)}`;
    const reason = `answered with status ${outcome.status}${words}`;
    const verdict = judge(outcome);
    if (verdict === 'busy') return this.#lose(reason, 'Check the load of the server.');
    if (verdict === 'denied') return this.#lose(reason, `Check ${key}, and that ${name} is loaded on the server.`);
    return new RunError(`${this.#where}: ${reason}`, 'Read the log of the server.');
  }

  /** The session is over: no other input would help. */
  #lose(reason: string, remedy: string): DeviceLostError {
    this.#lost = new DeviceLostError(`${this.#where}: ${reason}`, remedy);
    return this.#lost;
  }
}

function mostAnswerBytes(outputs: readonly TensorSpec[]): number {
  if (outputs.some(({shape}) => shape.length === 0 || shape.some(dimension => dimension < 0))) return mostUnknownBytes;
  return spareBytes + outputs.reduce((sum, {shape}) => sum + elementCount(shape) * jsonBytesPerValue, 0);
}
