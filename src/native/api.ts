import type {PixelFormat} from '../image/frame.ts';
import type {Geometry, ImageInput, Rect} from '../image/input.ts';
import type {Quantization} from '../tensor/tensor.ts';

declare const brand: unique symbol;
/** Opaque native objects; freed when unreachable, or earlier by their close function. */
export type TfliteLibrary = {readonly [brand]: 'tflite'};
export type JpegLibrary = {readonly [brand]: 'jpeg'};
export type Lane = {readonly [brand]: 'lane'};
export type NativeSession = {readonly [brand]: 'session'};

export interface NativeTensor {
  readonly name: string;
  /** TfLiteType as a number (schema and C API agree). */
  readonly type: number;
  readonly shape: readonly number[];
  readonly quantization: Quantization | undefined;
  /** The interpreter's own memory; detached (length 0) once the session is closed. */
  readonly buffer: ArrayBuffer;
}

export interface NativeSessionOptions {
  readonly model: Uint8Array;
  readonly threads: number;
  /** Flags for TfLiteXNNPackDelegateOptions, or false to run the builtin kernels. */
  readonly xnnpack: false | {readonly flags: number};
  /** External delegates, added before XNNPACK, in order. */
  readonly delegates: readonly {readonly path: string; readonly options: readonly (readonly [string, string])[]}[];
}

export interface HostedOptions {
  readonly model: Uint8Array;
  /** For the engine: `[['device', 'CPU']]`. */
  readonly options: readonly (readonly [string, string])[];
  /** Weight among the sessions of the process. */
  readonly share: number;
  /** Milliseconds until the opening counts as a hang. */
  readonly timeoutMs: number;
}

/** Work for a lane: prepare a picture, then run a session; either may be left out. */
export interface LaneJob {
  readonly picture?: {
    readonly data: Uint8Array;
    readonly format: PixelFormat;
    /** Ignored for jpeg. */
    readonly width: number;
    readonly height: number;
    readonly region?: Rect;
    /** Read once as long as the same object comes again: make a new one to change it. */
    readonly input: ImageInput;
    /** Input tensor's memory: exactly width × height × channels elements of `input.dtype`. */
    readonly target: ArrayBuffer | Uint8Array;
    /** Needed for jpeg. */
    readonly jpeg?: JpegLibrary;
  };
  readonly session?: NativeSession;
  /** Hosted sessions: milliseconds on the device after which the run counts as a hang. */
  readonly timeoutMs?: number;
  /** Hosted sessions: monotonic nanoseconds when the answer becomes worthless; earlier ones go first. */
  readonly dueNs?: bigint;
}

export interface LaneReport {
  /** Frozen; the same object as long as nothing changes. */
  readonly geometry: Geometry | undefined;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  readonly runMs: number;
  /** Hosted sessions: waiting for the device's other sessions. */
  readonly queueMs: number;
}

/**
 * The addon's face: mechanism only. Errors carry `code` (below) and what the library printed. Work for a session or lane
 * that is closed fails with code `CLOSED`; wrong arguments throw a TypeError.
 */
export interface NativeAddon {
  /** @throws code `LIBRARY`: dlopen failed or a symbol is missing */
  tfliteOpen(path: string): {
    readonly library: TfliteLibrary;
    readonly version: string;
    readonly xnnpack: boolean;
    readonly externalDelegates: boolean;
  };
  /** libturbojpeg, API 2 (1.5 to 3.x). @throws code `LIBRARY` */
  jpegOpen(path: string): JpegLibrary;
  /** One native thread with a first-in-first-out queue. It lives until closed or its environment ends. */
  laneCreate(name: string): Lane;
  /** Resolves once queued jobs are done and the thread has ended. */
  laneClose(lane: Lane): Promise<void>;
  /**
   * On the lane: create model, delegates, interpreter; allocate tensors. Copies the model. Rejects with code `MODEL`,
   * `DELEGATE`, `XNNPACK` (also for an allocation that failed with XNNPACK applied: try without), or `ALLOCATE`.
   */
  sessionOpen(lane: Lane, library: TfliteLibrary, options: NativeSessionOptions): Promise<NativeSession>;
  /**
   * Current shapes and memory; call again after resize. The same memory is the same ArrayBuffer. A `dynamic` session
   * decides shapes while it runs: its outputs are fresh copies, so call again after every run.
   *
   * @throws code `BUSY` while a resize, or a run of a dynamic session, is under way
   */
  sessionTensors(session: NativeSession): {
    readonly dynamic: boolean;
    readonly inputs: readonly NativeTensor[];
    readonly outputs: readonly NativeTensor[];
  };
  /** Detaches all buffers, then allocates anew on the lane. Rejects with code `ALLOCATE` or `XNNPACK`. */
  sessionResize(session: NativeSession, inputIndex: number, shape: readonly number[]): Promise<void>;
  /** Detaches the tensors' buffers, then frees the interpreter on its lane. */
  sessionClose(session: NativeSession): Promise<void>;
  /**
   * Queues a job. The session must have been opened on this lane. Rejects with code `PICTURE` (then the session is not
   * run), `RUN`, or `XNNPACK` (a run that failed with XNNPACK applied: it may work without). Of a hosted session also:
   * `LOST` (its process ended, or it says that its device is gone), `TIMEOUT`, `GARBAGE` (it broke the protocol); after these
   * every job fails with `LOST`.
   */
  laneSubmit(lane: Lane, job: LaneJob): Promise<LaneReport>;
  /** Two connected sockets, closed on exec: the parent's end and the one that a host program is started with. */
  hostPair(): {readonly parent: number; readonly child: number};
  /** Closes a socket that no session has taken over. */
  hostClose(socket: number): void;
  /** From any thread: a new connection to the host program behind `parent`. @throws code `LOST`: it has ended */
  hostConnect(parent: number): number;
  /**
   * On the lane: opens a model in the host program behind this connection, which is taken over. Input and output tensors are
   * memory shared with it. Everything else about the session is as for sessionOpen; resize throws code
   * `ALLOCATE`. Rejects with code `MODEL`, `DELEGATE`, `LOST`, `TIMEOUT` or `GARBAGE`.
   */
  hostedOpen(
    lane: Lane,
    connection: number,
    options: HostedOptions,
  ): Promise<{readonly session: NativeSession /** `openvino 2026.1.0` */; readonly version: string}>;
}
