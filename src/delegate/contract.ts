import type {FrameInput, Geometry} from '../image/input.ts';
import type {Log} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import type {DeviceHosts} from '../native/host/contract.ts';
import type {Tensor, TensorSpec} from '../tensor/tensor.ts';

/** What keeps something from being used, and the step that fixes it. */
export interface Problem {
  /** One clause: `no permission for /dev/apex_0`. */
  readonly reason: string;
  /** A command or step for the operator. */
  readonly remedy: string;
}

/** One physical unit that can run models. */
export interface Device {
  /** Unique within its delegate: `cpu`, `usb:0`. */
  readonly id: string;
  /** For people: `Cortex-A76, 4 cores`. */
  readonly name: string;
  /** Seen, but not to be used as it is. Absent when it can be tried. */
  readonly problem?: Problem;
  readonly temperatureC?: number;
  /** More for people, label → text: `{library: 'libedgetpu.so.1', link: 'USB 3'}`. */
  readonly facts?: Readonly<Record<string, string>>;
}

/**
 * Where a delegate's sessions run: `in-process` on threads of this process (an unknown model is tried in a child first),
 * `isolated` in a process per device, `remote` on another machine.
 */
export type Home = 'in-process' | 'isolated' | 'remote';

/** One kind of hardware that a model can run on, set up with its options. Built-ins live in delegates/<id>/. */
export interface Delegate {
  readonly id: string;
  readonly home: Home;
  /**
   * Devices present now, without claiming any, problem or not; best first. Missing hardware is an empty list, not an
   * error. Called again and again: it is how a lost device is found again.
   */
  probe(): Promise<readonly Device[]>;
  /** Why probe() finds nothing: hardware or driver that is not there. */
  absence(): Promise<Problem>;
  /** Undefined when the model can run there. Reads metadata only; opens nothing. */
  unsupportedReason(model: Model, device: Device): string | undefined;
  /**
   * Claims the device and allocates tensors.
   *
   * @throws {DelegateUnavailableError} claimed elsewhere, gone, or not ready yet (an engine being built)
   * @throws {ModelUnsupportedError} its library refuses the model
   */
  open(model: Model, device: Device, options: SessionOptions): Promise<Session>;
}

/** What a delegate's folder exports. */
export interface DelegateDefinition {
  readonly apiVersion: 1;
  readonly id: string;
  readonly home: Home;
  /**
   * Sets the delegate up; touches no hardware.
   *
   * @param options from the configuration, checked by the delegate's own schema
   * @throws {ConfigError} the options do not follow it; names key, expected and got
   */
  create(options: Readonly<Record<string, unknown>>, context: DelegateContext): Delegate;
}

/** What the daemon gives every delegate. */
export interface DelegateContext {
  /** Name in the configuration; the id unless there are several of a kind. */
  readonly name: string;
  /** Root under which /sys, /dev and /etc are read: `/`, or a folder of fixtures. */
  readonly sysroot: string;
  /** Folder for compiled blobs and engines; made by whoever writes first. */
  readonly cacheDir: string;
  /** Processes that own devices, for isolated sessions. */
  readonly hosts: DeviceHosts;
  readonly log: Log;
}

export interface SessionOptions {
  /** Threads for one run; the delegate may ignore it. */
  readonly threads: number;
  /** False runs TFLite's builtin kernels instead of XNNPACK's. */
  readonly xnnpack: boolean;
  readonly log: Log;
  /** Weight among the sessions that share a device; 1 unless given. */
  readonly share?: number;
  /** A picture older than this is worthless: among waiting sessions, the one whose picture is due first goes first. */
  readonly maxAgeMs?: number;
  /** A run that takes longer has hung. Follows the measured runs unless given. */
  readonly runTimeoutMs?: number;
  /** An opening that takes longer has hung; the delegate's own limit unless given. */
  readonly openTimeoutMs?: number;
}

/** What one run took, in milliseconds; decode and preprocess are 0 when no picture was given. */
export interface RunTiming {
  readonly decodeMs: number;
  readonly preprocessMs: number;
  /** On the device, with the way there and back. */
  readonly runMs: number;
  /** Waiting for the device's other sessions. */
  readonly queueMs?: number;
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
   * @throws {RunError} the engine failed; the session may work with other inputs
   * @throws {DeviceLostError} the device, its process or its server is gone, or hung and was stopped; the session is dead
   */
  run(picture?: FrameInput): Promise<RunResult>;
  /** Waits for a run under way, then frees everything. Safe to call twice, and on a dead session. */
  close(): Promise<void>;
}
