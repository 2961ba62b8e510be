import type {DeviceHosts, HostExit, HostLease, HostRequest} from '../../src/native/host/contract.ts';
import {type SpawnedHost, spawnHost} from '../../src/native/host/spawn.ts';
import {loadNative} from '../../src/native/load.ts';

/** Host processes for tests: one per key, started again at once when it has ended, with nothing held back. */
export class TestHosts implements DeviceHosts {
  /** Programs started so far, by key. */
  readonly started = new Map<string, number>();
  readonly #running = new Map<string, SpawnedHost>();
  readonly #all = new Set<SpawnedHost>();

  async connect(request: HostRequest): Promise<HostLease> {
    const host = this.#running.get(request.key) ?? this.#start(request);
    let reason: string | undefined;
    return {
      pid: host.pid,
      fd: loadNative().hostConnect(host.parentSocket),
      kill(why) {
        reason ??= why;
        host.kill();
      },
      async ended() {
        const exit = await host.exited;
        return {...describe(exit.code, exit.signal, reason), ...(exit.lastWords && {lastWords: exit.lastWords})};
      },
      release() {},
    };
  }

  /** The process that has a key now. @throws there is none */
  running(key: string): SpawnedHost {
    const host = this.#running.get(key);
    if (host === undefined) throw new Error(`no host process for ${key}`);
    return host;
  }

  /** Kills every process, and waits until they have ended. */
  async closeAll(): Promise<void> {
    const all = [...this.#all];
    this.#running.clear();
    for (const host of all) host.kill();
    await Promise.all(all.map(({exited}) => exited));
  }

  #start(request: HostRequest): SpawnedHost {
    const host = spawnHost(request);
    this.started.set(request.key, (this.started.get(request.key) ?? 0) + 1);
    this.#running.set(request.key, host);
    this.#all.add(host);
    void host.exited.then(() => {
      if (this.#running.get(request.key) === host) this.#running.delete(request.key);
      this.#all.delete(host);
      loadNative().hostClose(host.parentSocket);
    });
    return host;
  }
}

function describe(code: number | null, signal: string | null, reason: string | undefined): HostExit {
  if (reason !== undefined) return {cause: `was stopped: ${reason}`};
  return {cause: signal === null ? `ended with status ${code}` : `crashed (${signal})`};
}
