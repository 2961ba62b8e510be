import {readFile} from 'node:fs/promises';
import type {HostExit, HostLease, HostRequest} from '../native/host/contract.ts';
import type {SpawnedHost} from '../native/host/spawn.ts';
import {describeExit} from './host-exit.ts';

/** The addon's part of connecting. */
export interface HostSockets {
  readonly connect: (parent: number) => number;
  readonly close: (socket: number) => void;
}

export interface HostTimes {
  /** How long a process without connections is kept for the next one, milliseconds. */
  readonly lingerMs: number;
  /** How long one that shall end by itself may take before it is killed. */
  readonly endMs: number;
}

/** How long `ended()` waits for the news. */
const newsMs = 1000;
/** A process settles for this long after a connection; what it takes then is its baseline. */
const settleMs = 30_000;
/** Beyond its baseline, a process may grow to this many times it, and by this much, before it counts as leaking. */
const growth = {times: 2, bytes: 256 * 2 ** 20};
/** Bytes of a page, as the statm file counts. */
const pageBytes = 4096;

/** One life of a host program: its connections, its memory and its end. */
export class HostProcess {
  readonly request: HostRequest;
  readonly exited: Promise<HostExit>;
  rssBytes = 0;
  readonly #spawned: SpawnedHost;
  readonly #sockets: HostSockets;
  readonly #times: HostTimes;
  readonly #leases = new Set<object>();
  #reason: string | undefined;
  #state: 'open' | 'retiring' | 'ended' = 'open';
  #timer: NodeJS.Timeout | undefined;
  #baselineBytes = 0;
  #settledAt = 0;

  /** @param onEnd told once how it ended, and whether that was a failure */
  constructor(
    spawned: SpawnedHost,
    parts: {readonly request: HostRequest; readonly sockets: HostSockets; readonly times: HostTimes},
    onEnd: (exit: HostExit, failed: boolean) => void,
  ) {
    this.#spawned = spawned;
    this.request = parts.request;
    this.#sockets = parts.sockets;
    this.#times = parts.times;
    this.exited = spawned.exited.then(raw => {
      const exit = describeExit(raw, this.#reason);
      const failed = this.#reason !== undefined || this.#state === 'open' || raw.signal !== null;
      this.#retire();
      clearTimeout(this.#timer);
      this.#state = 'ended';
      onEnd(exit, failed);
      return exit;
    });
  }

  get pid(): number {
    return this.#spawned.pid;
  }

  get leases(): number {
    return this.#leases.size;
  }

  /** True while it takes connections. */
  get isOpen(): boolean {
    return this.#state === 'open' && this.#reason === undefined;
  }

  /** @throws when the process has just ended */
  connect(): HostLease {
    const fd = this.#sockets.connect(this.#spawned.parentSocket);
    clearTimeout(this.#timer);
    this.#settledAt = performance.now() + settleMs;
    const lease: HostLease = {
      pid: this.pid,
      fd,
      kill: reason => this.kill(reason),
      ended: () => this.#ended(),
      release: () => this.#release(lease),
    };
    this.#leases.add(lease);
    return lease;
  }

  kill(reason: string): void {
    if (this.#state === 'ended') return;
    this.#reason ??= reason;
    this.#spawned.kill();
  }

  /** Lets it end by itself; kills it when that takes too long. */
  async end(): Promise<void> {
    this.#retire();
    await this.exited;
  }

  /** Kills it when it leaks. */
  async watchMemory(): Promise<void> {
    const text = await readFile(`/proc/${this.pid}/statm`, 'utf8').catch(() => '');
    const bytes = Number(text.split(' ')[1]) * pageBytes;
    if (!(bytes > 0) || this.#state === 'ended') return;
    this.rssBytes = bytes;
    if (performance.now() < this.#settledAt) this.#baselineBytes = Math.max(this.#baselineBytes, bytes);
    const limit = this.request.memoryLimitBytes ?? this.#baselineBytes * growth.times + growth.bytes;
    if (bytes > limit) this.kill(`it took ${toMiB(bytes)} of memory, more than ${toMiB(limit)}`);
  }

  #release(lease: HostLease): void {
    if (!this.#leases.delete(lease) || this.#leases.size > 0 || this.#state !== 'open') return;
    this.#timer = setTimeout(() => this.#retire(), this.#times.lingerMs).unref();
  }

  #retire(): void {
    if (this.#state !== 'open') return;
    this.#state = 'retiring';
    this.#sockets.close(this.#spawned.parentSocket);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#spawned.kill(), this.#times.endMs).unref();
  }

  #ended(): Promise<HostExit> {
    const unknown = {
      cause: this.#reason === undefined ? 'gave up its connection' : `is being stopped: ${this.#reason}`,
    };
    return new Promise(resolve => {
      const timer = setTimeout(resolve, newsMs, unknown).unref();
      void this.exited.then(exit => {
        clearTimeout(timer);
        resolve(exit);
      });
    });
  }
}

function toMiB(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
