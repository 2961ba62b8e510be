import type {RunResult, Session, SessionOptions} from '../../delegate/contract.ts';
import {DelegateUnavailableError, DeviceLostError, type DunlinError, RunError} from '../../error/errors.ts';
import type {FrameInput} from '../../image/input.ts';
import type {Model} from '../../model/model.ts';
import type {Tensor, TensorSpec} from '../../tensor/tensor.ts';
import type {Lane, LaneReport, NativeSession, NativeTensor} from '../api.ts';
import {dtypeOf} from '../dtype.ts';
import {nativeCode, toDunlinError} from '../errors.ts';
import {loadNative} from '../load.ts';
import {toNativePicture} from '../picture.ts';
import type {DeviceHosts, HostLease, HostRequest} from './contract.ts';
import {RunClock} from './run-clock.ts';

/** How a model is opened in a device's process. */
export interface HostedModel {
  /** Leads error messages: `edgetpu usb:0`. */
  readonly where: string;
  readonly request: HostRequest;
  /** For the engine, as src/native/host/engine_*.c reads them. */
  readonly options: readonly (readonly [string, string])[];
  /** Milliseconds until the opening counts as a hang; a minute unless given. */
  readonly openTimeoutMs?: number;
  /** What the operator can do when the device is lost. */
  readonly remedy: string;
}

/**
 * Opens a model in the process that owns its device.
 *
 * @throws {ModelUnsupportedError} the library refuses the model
 * @throws {DelegateUnavailableError} the process or the device cannot be had
 */
export async function openHosted(
  model: Model,
  hosted: HostedModel,
  hosts: DeviceHosts,
  options: SessionOptions,
): Promise<Session> {
  const lane = loadNative().laneCreate(model.name);
  try {
    const lease = await hosts.connect(hosted.request);
    try {
      return await openOn(lane, lease, {model, hosted, options});
    } catch (error) {
      const known = await openingError(error, hosted, lease);
      lease.release();
      throw known;
    }
  } catch (error) {
    await loadNative().laneClose(lane);
    throw error;
  }
}

async function openOn(lane: Lane, lease: HostLease, parts: Pick<Parts, 'model' | 'hosted' | 'options'>) {
  const {model, hosted, options} = parts;
  const addon = loadNative();
  const {session, version} = await addon.hostedOpen(lane, lease.fd, {
    model: model.bytes,
    options: hosted.options,
    share: options.share ?? 1,
    timeoutMs: options.openTimeoutMs ?? hosted.openTimeoutMs ?? 60_000,
  });
  try {
    return new HostedSession({...parts, lease, lane, session, version});
  } catch (error) {
    await addon.sessionClose(session);
    throw error;
  }
}

/** A process that dies while it opens a model is no lost device yet: nothing was in use. */
async function openingError(error: unknown, hosted: HostedModel, lease: HostLease): Promise<DunlinError> {
  const {where, remedy} = hosted;
  const code = nativeCode(error);
  if (code === 'TIMEOUT') lease.kill('did not open the model in time');
  if (code === 'GARBAGE') lease.kill('answered garbage');
  if (code !== 'TIMEOUT' && code !== 'GARBAGE' && code !== 'LOST') return toDunlinError(error, where);
  const {cause, lastWords} = await lease.ended();
  const said = lastWords === undefined ? '' : `: ${lastWords}`;
  return new DelegateUnavailableError(`${where}: its process ${cause} while opening the model${said}`, remedy, {
    cause: error,
  });
}

interface Parts {
  readonly model: Model;
  readonly hosted: HostedModel;
  readonly lease: HostLease;
  readonly lane: Lane;
  readonly session: NativeSession;
  readonly version: string;
  readonly options: SessionOptions;
}

class HostedSession implements Session {
  readonly engine: string;
  readonly outputs: readonly TensorSpec[];
  readonly #parts: Parts;
  readonly #clock: RunClock;
  #inputs: readonly Tensor[];
  #results: readonly Tensor[];
  #dynamic: boolean;
  #closing: Promise<void> | undefined;
  #lost: DeviceLostError | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.engine = parts.version;
    this.outputs = parts.model.header.outputs;
    this.#clock = new RunClock(parts.options.runTimeoutMs);
    const tensors = loadNative().sessionTensors(parts.session);
    this.#inputs = tensors.inputs.map((tensor, index) => toTensor(tensor, parts.model.header.inputs[index]));
    this.#results = tensors.outputs.map((tensor, index) => toTensor(tensor, this.outputs[index]));
    this.#dynamic = tensors.dynamic;
  }

  get inputs(): readonly Tensor[] {
    return this.#inputs;
  }

  async run(picture?: FrameInput): Promise<RunResult> {
    const {model, lane, session, options} = this.#parts;
    if (this.#closing !== undefined)
      throw new RunError(`${model.name}: the session is closed`, 'Open the model again.');
    if (this.#lost !== undefined) throw this.#lost;
    const report = await this.#submit(lane, {
      session,
      timeoutMs: this.#clock.timeoutMs,
      ...(picture === undefined ? {} : {picture: await this.#picture(picture)}),
      ...(picture === undefined || options.maxAgeMs === undefined
        ? {}
        : {dueNs: picture.frame.capturedAtNs + BigInt(Math.round(options.maxAgeMs * 1e6))}),
    });
    this.#clock.add(report.runMs);
    if (this.#dynamic && this.#closing === undefined) this.#refresh();
    const {geometry, decodeMs, preprocessMs, runMs, queueMs} = report;
    return {
      outputs: this.#results,
      ...(geometry === undefined ? {} : {geometry}),
      timing: {decodeMs, preprocessMs, runMs, queueMs},
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const addon = loadNative();
    await addon.sessionClose(this.#parts.session);
    await addon.laneClose(this.#parts.lane);
    this.#parts.lease.release();
  }

  async #submit(lane: Lane, job: Parameters<ReturnType<typeof loadNative>['laneSubmit']>[1]): Promise<LaneReport> {
    try {
      return await loadNative().laneSubmit(lane, job);
    } catch (error) {
      throw this.#runError(error);
    }
  }

  /** Says at once what is known: the pipeline must not wait for the news of how the process ended. */
  #runError(error: unknown): DunlinError {
    const {hosted, lease} = this.#parts;
    const code = nativeCode(error);
    const said = error instanceof Error ? error.message : String(error);
    if (code === 'TIMEOUT') lease.kill(said);
    if (code === 'GARBAGE') lease.kill('answered garbage');
    if (code !== 'TIMEOUT' && code !== 'GARBAGE' && code !== 'LOST') return toDunlinError(error, hosted.where);
    this.#lost = new DeviceLostError(`${hosted.where}: ${said}`, hosted.remedy, {cause: lease.ended()});
    return this.#lost;
  }

  async #picture({inputIndex, frame, input, region}: FrameInput) {
    const {data: target} = this.#inputs[inputIndex] ?? this.#inputs[0]!;
    return {...(await toNativePicture(frame)), input, target, ...(region === undefined ? {} : {region})};
  }

  #refresh(): void {
    const {session} = this.#parts;
    const tensors = loadNative().sessionTensors(session);
    this.#results = tensors.outputs.map((tensor, index) => toTensor(tensor, this.outputs[index]));
  }
}

/** Quantization that the library does not tell is the model file's. */
function toTensor({name, type, shape, quantization, buffer}: NativeTensor, spec: TensorSpec | undefined): Tensor {
  const known = quantization ?? spec?.quantization;
  return {
    name: spec?.name ?? name,
    dtype: dtypeOf(type, name),
    shape,
    ...(known === undefined ? {} : {quantization: known}),
    data: new Uint8Array(buffer),
  };
}
