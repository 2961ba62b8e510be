/** Vendor libraries that the host program (src/native/host) knows how to drive. */
export type HostEngine = 'tflite' | 'openvino' | 'onnxruntime';

/** Which process shall own a device. */
export interface HostRequest {
  /** Sessions with the same key share one process: `edgetpu usb:0`. */
  readonly key: string;
  readonly engine: HostEngine;
  /** The engine's library, opened inside the process. */
  readonly library: string;
  /** Added to the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Resident memory above which the process is stopped as leaking. */
  readonly memoryLimitBytes?: number;
}

/** How a process ended. */
export interface HostExit {
  /** One clause for people: `crashed (SIGSEGV)`, `was stopped: a run took longer than 500 ms`. */
  readonly cause: string;
  /** The last line it printed, if any. */
  readonly lastWords?: string;
}

/** A connection to a device's process. */
export interface HostLease {
  readonly pid: number;
  /** Socket to the process; `openHosted` takes it over and closes it. */
  readonly fd: number;
  /** Has the process killed, because it hangs or talks garbage. All its sessions are lost. */
  kill(reason: string): void;
  /** How the process ended; waits up to a second for the news, then says what is known. */
  ended(): Promise<HostExit>;
  /** To be called once the connection is closed: a process without connections is ended. Safe to call twice. */
  release(): void;
}

/** How busy the processes are. */
export interface HostOccupancy {
  /** Connections open now by key, of all threads. */
  readonly sessions: ReadonlyMap<string, number>;
  /** Another number for every thread that asks: pipelines that start together shall not all choose the same device. */
  readonly turn: number;
}

/** The processes that own devices: started on demand, shared, killed, and started again with backoff. */
export interface DeviceHosts {
  /**
   * Connects to the process of this key, started when there is none.
   *
   * @throws {DelegateUnavailableError} it cannot be started, or it failed so often that it rests for a while
   */
  connect(request: HostRequest): Promise<HostLease>;
  /** For spreading sessions over devices; absent where nobody counts. */
  occupancy?(): Promise<HostOccupancy>;
}
