import type {FrameInput, Geometry} from '../image/input.ts';
import type {Log} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import type {Tensor, TensorSpec} from '../tensor/tensor.ts';

/** One physical unit that can run models. */
export interface Device {
  /** Unique within its delegate: `cpu`, `usb:0`. */
  readonly id: string;
  /** For people: `Cortex-A76, 4 cores`. */
  readonly name: string;
}

/** One kind of hardware that a model can run on. Built-ins live in delegates/<id>/. */
export interface Delegate {
  readonly apiVersion: 1;
  readonly id: string;
  /** Devices present now, without claiming any. Missing hardware or driver is an empty list, not an error. */
  probe(): Promise<readonly Device[]>;
  /** Undefined when the model can run there. Reads metadata only; opens nothing. */
  unsupportedReason(model: Model, device: Device): string | undefined;
  /** Claims the device and allocates tensors. @throws {DelegateUnavailableError} claimed elsewhere or gone */
  open(model: Model, device: Device, options: SessionOptions): Promise<Session>;
}

export interface SessionOptions {
  /** Threads for one run; the delegate may ignore it. */
  readonly threads: number;
  /** False runs TFLite's builtin kernels instead of XNNPACK's. */
  readonly xnnpack: boolean;
  readonly log: Log;
}

/** What one run took. Milliseconds; decode and preprocess are 0 when no picture was given. */
export interface RunTiming {
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly runMs: number;
}

export interface RunResult {
  /** Views that the next run() overwrites. */
  readonly outputs: readonly Tensor[];
  /** Set when a picture was given. */
  readonly geometry?: Geometry;
  readonly timing: RunTiming;
}

/** A model made ready on one device. Holds the device until close(). */
export interface Session {
  /** What computes: `tflite 2.21.0 + xnnpack`, `onnxruntime 1.30.0`. */
  readonly engine: string;
  /** Written in place by callers that have no picture; the memory stays valid until close(). */
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly TensorSpec[];
  /**
   * One inference; calls may not overlap. With `picture`, decodes and fits it into its input tensor first.
   *
   * @throws {InputError} the picture cannot be decoded; the session stays usable
   * @throws {RunError} the engine failed
   */
  run(picture?: FrameInput): Promise<RunResult>;
  /** Waits for a run under way, then frees everything. Safe to call twice. */
  close(): Promise<void>;
}
