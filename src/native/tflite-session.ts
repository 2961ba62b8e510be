import {RunError} from '../error/errors.ts';
import type {PixelFormat} from '../image/frame.ts';
import type {ImageInput, Rect} from '../image/input.ts';
import type {Tensor} from '../tensor/tensor.ts';
import type {JpegLibrary, Lane, LaneReport, NativeAddon, NativeSession, NativeTensor} from './api.ts';
import {dtypeOf} from './dtype.ts';
import {nativeCode, toDunlinError} from './errors.ts';
import {loadNative} from './load.ts';
import type {Tflite} from './runtime.ts';
import {xnnpackFlags} from './xnnpack.ts';

export interface TfliteSessionOptions {
  readonly tflite: Tflite;
  /** Leads error messages and names the thread. */
  readonly name: string;
  readonly model: Uint8Array;
  readonly threads: number;
  /** Use XNNPACK where it takes the model; the builtin kernels are the way back. */
  readonly xnnpack: boolean;
  /** External delegates, in order. */
  readonly delegates?: readonly {readonly path: string; readonly options: readonly (readonly [string, string])[]}[];
  readonly addon?: NativeAddon;
}

/** A picture to be fitted into an input before a run. */
export interface TflitePicture {
  readonly inputIndex: number;
  readonly data: Uint8Array;
  readonly format: PixelFormat;
  readonly width: number;
  readonly height: number;
  readonly region?: Rect;
  readonly input: ImageInput;
  /** Needed for jpeg. */
  readonly jpeg?: JpegLibrary;
}

interface Opened {
  readonly session: NativeSession;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly dynamic: boolean;
}

/** A TFLite model ready to run, on a native thread of its own. */
export class TfliteSession {
  readonly #options: TfliteSessionOptions;
  readonly #addon: NativeAddon;
  readonly #lane: Lane;
  readonly #notes: string[] = [];
  #opened: Opened;
  /** XNNPACK's session after a fall-back: callers hold views on its inputs, so it stays, and is copied from. */
  #front: Opened | undefined;
  #xnnpack: boolean;
  #hasRun = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  private constructor(options: TfliteSessionOptions, addon: NativeAddon, lane: Lane, opened: Opened, xnnpack: boolean) {
    this.#options = options;
    this.#addon = addon;
    this.#lane = lane;
    this.#opened = opened;
    this.#xnnpack = xnnpack;
  }

  /**
   * @throws {ModelUnsupportedError} the library refuses the model; operators that it lacks are named
   * @throws {DelegateUnavailableError} an external delegate cannot be had
   */
  static async open(options: TfliteSessionOptions): Promise<TfliteSession> {
    const addon = options.addon ?? loadNative();
    const lane = addon.laneCreate(options.name);
    try {
      const xnnpack = options.xnnpack && options.tflite.xnnpack;
      try {
        return new TfliteSession(options, addon, lane, await openNative(addon, lane, options, xnnpack), xnnpack);
      } catch (error) {
        if (nativeCode(error) !== 'XNNPACK') throw error;
        const session = new TfliteSession(options, addon, lane, await openNative(addon, lane, options, false), false);
        session.#note(error);
        return session;
      }
    } catch (error) {
      await addon.laneClose(lane);
      throw toDunlinError(error, options.name);
    }
  }

  /** What computes: `tflite 2.21.0 + xnnpack`, or `tflite 2.21.0` for the builtin kernels. */
  get engine(): string {
    return `tflite ${this.#options.tflite.version}${this.#xnnpack ? ' + xnnpack' : ''}`;
  }

  /** What the operator should know about this session, one sentence each; may grow at the first run. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /** The interpreter's own memory, to be written in place before a run; valid until resize or close. */
  get inputs(): readonly Tensor[] {
    return (this.#front ?? this.#opened).inputs;
  }

  /** What the last run left. Views that the next run overwrites; read the property again after every run. */
  get outputs(): readonly Tensor[] {
    return this.#opened.outputs;
  }

  /**
   * One inference on what the inputs hold, after fitting `picture` into its input. A model that XNNPACK takes but cannot
   * run moves to the builtin kernels at its first run.
   *
   * @throws {InputError} the picture cannot be read; nothing was run
   * @throws {RunError} the engine failed, or the session is closed
   */
  async run(picture?: TflitePicture): Promise<LaneReport> {
    try {
      return await this.#runOnce(picture);
    } catch (error) {
      if (nativeCode(error) !== 'XNNPACK' || this.#hasRun) throw this.#runError(error);
      return await this.#runWithoutXnnpack(error, picture);
    }
  }

  /** Changes an input's shape and allocates anew; all tensors taken before are void. */
  async resize(inputIndex: number, shape: readonly number[]): Promise<void> {
    if (this.#isClosed) throw this.#closedError();
    if (this.#front) {
      await this.#addon.sessionClose(this.#front.session);
      this.#front = undefined;
    }
    try {
      await this.#addon.sessionResize(this.#opened.session, inputIndex, shape);
      this.#opened = describe(this.#addon, this.#opened.session);
    } catch (error) {
      throw toDunlinError(error, this.#options.name);
    }
  }

  /** Waits for a run under way, detaches the tensors' memory, and frees everything. Safe to call twice. */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#front) await this.#addon.sessionClose(this.#front.session);
    await this.#addon.sessionClose(this.#opened.session);
    await this.#addon.laneClose(this.#lane);
  }

  async #runOnce(picture: TflitePicture | undefined): Promise<LaneReport> {
    if (this.#isClosed) throw this.#closedError();
    for (const [index, input] of (this.#front?.inputs ?? []).entries())
      this.#opened.inputs[index]?.data.set(input.data);
    const {session} = this.#opened;
    const report = await this.#addon.laneSubmit(
      this.#lane,
      picture ? {session, picture: {...picture, target: this.#target(picture.inputIndex)}} : {session},
    );
    this.#hasRun = true;
    if (this.#opened.dynamic && !this.#isClosed) this.#opened = describe(this.#addon, session, this.#opened.inputs);
    return report;
  }

  #target(inputIndex: number): Uint8Array {
    const tensor = this.#opened.inputs[inputIndex];
    if (!tensor) throw new RangeError(`${this.#options.name}: the model has no input ${inputIndex}`);
    return tensor.data;
  }

  /** Keeps XNNPACK when the builtin kernels fail too: then it was the input that could not be run. */
  async #runWithoutXnnpack(reason: unknown, picture: TflitePicture | undefined): Promise<LaneReport> {
    const front = this.#opened;
    try {
      this.#opened = await openNative(this.#addon, this.#lane, this.#options, false, front);
    } catch {
      throw this.#runError(reason);
    }
    this.#front = front;
    try {
      const report = await this.#runOnce(picture);
      this.#xnnpack = false;
      this.#note(reason);
      return report;
    } catch (error) {
      const builtin = this.#opened;
      this.#opened = front;
      this.#front = undefined;
      await this.#addon.sessionClose(builtin.session);
      throw this.#runError(error);
    }
  }

  #note(reason: unknown): void {
    const text = reason instanceof Error ? reason.message : String(reason);
    this.#notes.push(`XNNPACK does not run this model; using the builtin kernels, which are slower (${text})`);
  }

  #runError(error: unknown): unknown {
    if (nativeCode(error) !== 'XNNPACK') return toDunlinError(error, this.#options.name);
    const text = error instanceof Error ? error.message : String(error);
    return new RunError(`${this.#options.name}: ${text}`, 'Check the input values, or run without XNNPACK.', {
      cause: error,
    });
  }

  #closedError(): RunError {
    return new RunError(`${this.#options.name}: the session is closed`, 'Open the model again.');
  }
}

/** With `like`, inputs are brought to that session's shapes. */
async function openNative(
  addon: NativeAddon,
  lane: Lane,
  options: TfliteSessionOptions,
  xnnpack: boolean,
  like?: Opened,
): Promise<Opened> {
  const session = await addon.sessionOpen(lane, options.tflite.library, {
    model: options.model,
    threads: options.threads,
    xnnpack: xnnpack && {flags: xnnpackFlags},
    delegates: options.delegates ?? [],
  });
  try {
    let opened = describe(addon, session);
    for (const [index, wanted] of (like?.inputs ?? []).entries()) {
      if (String(opened.inputs[index]?.shape) === String(wanted.shape)) continue;
      await addon.sessionResize(session, index, wanted.shape);
      opened = describe(addon, session);
    }
    return opened;
  } catch (error) {
    await addon.sessionClose(session);
    throw error;
  }
}

/** `inputs` are those of an earlier call, where they cannot have changed. */
function describe(addon: NativeAddon, session: NativeSession, inputs?: readonly Tensor[]): Opened {
  const tensors = addon.sessionTensors(session);
  return {
    session,
    inputs: inputs ?? tensors.inputs.map(toTensor),
    outputs: tensors.outputs.map(toTensor),
    dynamic: tensors.dynamic,
  };
}

function toTensor({name, type, shape, quantization, buffer}: NativeTensor): Tensor {
  const data = new Uint8Array(buffer);
  return {name, dtype: dtypeOf(type, name), shape, ...(quantization && {quantization}), data};
}
