import {setTimeout as delay} from 'node:timers/promises';
import {DelegateUnavailableError} from '../error/errors.ts';
import type {Log} from '../log/log.ts';
import type {DeviceHosts, HostExit, HostLease, HostOccupancy, HostRequest} from '../native/host/contract.ts';
import type {SpawnedHost} from '../native/host/spawn.ts';
import {HostProcess, type HostSockets, type HostTimes} from './host-process.ts';

export interface HostSupervisorOptions {
  readonly log: Log;
  readonly spawn: (request: HostRequest) => SpawnedHost;
  readonly sockets: HostSockets;
  /** Failures within `windowMs` after which a process is not started again for `restMs`. */
  readonly restarts?: number;
  readonly windowMs?: number;
  readonly restMs?: number;
  /** Wait before a restart after the second failure within the window; doubles with each one more. */
  readonly backoffFirstMs?: number;
  readonly backoffMostMs?: number;
  readonly lingerMs?: number;
  readonly endMs?: number;
  readonly memoryEveryMs?: number;
}

const defaults = {
  restarts: 5,
  windowMs: 60_000,
  restMs: 60_000,
  backoffFirstMs: 250,
  backoffMostMs: 30_000,
  lingerMs: 2000,
  endMs: 2000,
  memoryEveryMs: 2000,
};
type Settings = Required<HostSupervisorOptions>;

/** What is known of one device's process, for health messages. */
export interface HostCounters {
  readonly key: string;
  /** 0 when none runs. */
  readonly pid: number;
  readonly sessions: number;
  readonly starts: number;
  readonly failures: number;
  readonly rssBytes: number;
}

/** Owns the processes that own devices. Lives in the main thread: a process ends with the thread that started it. */
export class HostSupervisor implements DeviceHosts {
  readonly #settings: Settings;
  readonly #hosts = new Map<string, Host>();
  readonly #timer: NodeJS.Timeout;
  readonly #closing = new AbortController();

  constructor(options: HostSupervisorOptions) {
    this.#settings = {...defaults, ...options};
    const watch = () => {
      for (const host of this.#hosts.values()) void host.process?.watchMemory();
    };
    this.#timer = setInterval(watch, this.#settings.memoryEveryMs).unref();
  }

  get counters(): readonly HostCounters[] {
    return [...this.#hosts.values()].map(({counters}) => counters);
  }

  connect(request: HostRequest): Promise<HostLease> {
    const known = this.#hosts.get(request.key);
    const host = known ?? new Host(request.key, this.#settings, this.#closing.signal);
    this.#hosts.set(request.key, host);
    return host.connect(request);
  }

  async occupancy(): Promise<HostOccupancy> {
    return {sessions: new Map(this.counters.map(({key, sessions}) => [key, sessions])), turn: 0};
  }

  /** Ends every process; none can be started afterwards. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#timer);
    await Promise.all([...this.#hosts.values()].map(host => host.process?.end()));
  }
}

/** One device: its process, and how often that failed. */
class Host {
  process: HostProcess | undefined;
  readonly #key: string;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  /** Monotonic milliseconds of the failures within the window. */
  #failedAt: number[] = [];
  #lastCause = '';
  #starts = 0;
  #failures = 0;
  #starting: Promise<HostProcess> | undefined;

  constructor(key: string, settings: Settings, signal: AbortSignal) {
    this.#key = key;
    this.#settings = settings;
    this.#signal = signal;
  }

  get counters(): HostCounters {
    return {
      key: this.#key,
      pid: this.process?.pid ?? 0,
      sessions: this.process?.leases ?? 0,
      starts: this.#starts,
      failures: this.#failures,
      rssBytes: this.process?.rssBytes ?? 0,
    };
  }

  async connect(request: HostRequest): Promise<HostLease> {
    for (let attempt = 1; ; attempt++) {
      const process = await this.#ready(request);
      try {
        return process.connect();
      } catch (cause) {
        // It ended a moment ago, and the news of that is on its way.
        process.kill('took no connection');
        if (attempt === 2) throw this.#unavailable('its process takes no connection', cause);
      }
    }
  }

  async #ready(request: HostRequest): Promise<HostProcess> {
    const {process} = this;
    if (process?.isOpen && isSame(process.request, request)) return process;
    if (process?.isOpen && process.leases > 0) {
      throw this.#unavailable(`is in use with other settings (${process.request.engine}, ${process.request.library})`);
    }
    this.#starting ??= this.#start(request).finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(request: HostRequest): Promise<HostProcess> {
    await this.process?.end();
    await this.#backOff();
    if (this.#signal.aborted) throw this.#unavailable('Dunlin is stopping');
    const {log, sockets, spawn, lingerMs, endMs} = this.#settings;
    const times: HostTimes = {lingerMs, endMs};
    let spawned: SpawnedHost;
    try {
      spawned = spawn(request);
    } catch (cause) {
      this.#failed('could not be started');
      throw this.#unavailable(
        `its process cannot be started (${cause instanceof Error ? cause.message : cause})`,
        cause,
      );
    }
    this.#starts++;
    log.debug({key: this.#key, pid: spawned.pid, library: request.library}, 'device process started');
    const process = new HostProcess(spawned, {request, sockets, times}, (exit, failed) =>
      this.#onEnd(process, exit, failed),
    );
    this.process = process;
    return process;
  }

  #onEnd(process: HostProcess, {cause, lastWords}: HostExit, failed: boolean): void {
    const {log} = this.#settings;
    if (this.process === process) this.process = undefined;
    if (!failed) {
      log.debug({key: this.#key, pid: process.pid}, 'device process ended');
      return;
    }
    this.#failed(cause);
    log.warn({key: this.#key, pid: process.pid, lastWords}, `the process of ${this.#key} ${cause}`);
  }

  #failed(cause: string): void {
    this.#failures++;
    this.#lastCause = cause;
    this.#failedAt = [...this.#recent(), performance.now()].slice(-this.#settings.restarts);
  }

  #recent(): number[] {
    const since = performance.now() - this.#settings.windowMs;
    return this.#failedAt.filter(at => at > since);
  }

  /** The first failure costs no wait: whoever asks again has waited already. */
  async #backOff(): Promise<void> {
    const {restarts, restMs, backoffFirstMs, backoffMostMs} = this.#settings;
    const last = this.#failedAt.at(-1);
    if (last === undefined) return;
    const count = this.#recent().length;
    const restLeftMs = last + restMs - performance.now();
    if (this.#failedAt.length >= restarts && count >= restarts && restLeftMs > 0) {
      const seconds = Math.ceil(restLeftMs / 1000);
      throw this.#unavailable(
        `rests for ${seconds} s: its process failed ${restarts} times, at last it ${this.#lastCause}`,
      );
    }
    if (count < 2) return;
    const waitMs = last + Math.min(backoffMostMs, backoffFirstMs * 2 ** (count - 2)) - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, {signal: this.#signal}).catch(() => undefined);
  }

  #unavailable(what: string, cause?: unknown): DelegateUnavailableError {
    return new DelegateUnavailableError(`${this.#key}: ${what}`, 'Run `dunlin doctor` to see what is wrong with it.', {
      cause,
    });
  }
}

function isSame(one: HostRequest, other: HostRequest): boolean {
  const essence = ({engine, library, env}: HostRequest) => JSON.stringify([engine, library, env ?? {}]);
  return essence(one) === essence(other);
}
