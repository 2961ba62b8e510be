import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {cpu} from '../../delegates/cpu/index.ts';
import {startHosts} from '../../src/daemon/hosts.ts';
import type {Delegate} from '../../src/delegate/contract.ts';
import type {DelegateTable} from '../../src/delegate/registry.ts';
import {Keeper} from '../../src/engine/keeper.ts';
import {failoverOptionsSchema} from '../../src/engine/options.ts';
import type {Frame} from '../../src/image/frame.ts';
import type {ModelVariants} from '../../src/model/variants.ts';
import type {DeviceHosts} from '../../src/native/host/contract.ts';
import {systemClock} from '../../src/source/clock.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {keepLog} from '../helpers/log.ts';
import {childrenOf} from '../helpers/processes.ts';

/** A delegate that can be told to fail, and a model that it shares with the processor. */
export interface Bed {
  readonly models: Pick<ModelVariants, 'primary' | 'for'>;
  /** @param hosts what its processes are to be started by */
  delegate(hosts: DeviceHosts): Delegate;
  /** Orders for the double; none makes it healthy. */
  order(...lines: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Tries again quickly, so that a matrix need not wait for the pauses that spare real hardware. */
const policy = failoverOptionsSchema.parse({
  openPatienceMs: 500,
  retryFirstMs: 20,
  retryMostMs: 40,
  settledAfterMs: 0,
  restarts: 1000,
});

/** A hang is found as soon, too. */
const timeouts = {runTimeoutMs: 400, openTimeoutMs: 1500};

const frameEveryMs = 15;

/** A frame loop over a failing device with the processor behind it, and what was seen there. */
export class Loop {
  readonly log = keepLog();
  /** Times between results, milliseconds. */
  readonly gaps: number[] = [];
  readonly #hosts = startHosts(this.log, policy);
  readonly #ending = new AbortController();
  readonly #waiting = new Set<(delegate: string) => void>();
  #keeper: Keeper | undefined;
  #running: Promise<void> | undefined;

  /** Starts the loop; the first result counts from here. */
  async start(bed: Bed): Promise<void> {
    const table = tableOf(bed.delegate(this.#hosts));
    const startedAt = performance.now();
    this.#keeper = await Keeper.start(
      {
        models: bed.models,
        table,
        session: {threads: 1, xnnpack: true, log: this.log, ...timeouts},
        prove: async () => {},
        order: ['device', 'cpu'],
        policy,
        clock: systemClock,
        log: this.log,
        memory: async () => ({totalBytes: 2 ** 33, availableBytes: 2 ** 33}),
        changed: () => {},
      },
      this.#ending.signal,
    );
    this.#running = this.#run(this.#keeper, startedAt);
  }

  get failover() {
    return this.#keeper!.failover;
  }

  get rejected() {
    return this.#keeper!.placement.rejected;
  }

  /** Resolves with the next result that this delegate gives. */
  async resultFrom(delegate: string): Promise<void> {
    const found = new Promise<void>(resolve => {
      const check = (from: string) => {
        if (from !== delegate) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
    });
    await Promise.race([found, this.#running?.then(() => Promise.reject(new Error('the loop has ended')))]);
  }

  /** Resolves once `holds`, looked at after every result. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await Promise.race([this.resultFrom('cpu'), this.resultFrom('device')]);
  }

  /** Processes of the device now. */
  async processes(): Promise<number[]> {
    const children = await childrenOf(process.pid);
    return children.filter(pid => commandOf(pid).includes('dunlin-host'));
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    await this.#keeper?.close();
    await this.#hosts.close();
  }

  async #run(keeper: Keeper, startedAt: number): Promise<void> {
    let last = startedAt;
    for (let sequence = 0; !this.#ending.signal.aborted; sequence++) {
      const ran = await keeper.run(frame(sequence));
      if (ran === undefined) return;
      const now = performance.now();
      this.gaps.push(now - last);
      last = now;
      for (const check of [...this.#waiting]) check(ran.opened.delegate);
      await sleep(frameEveryMs);
    }
  }
}

/** What a process holds that a fault may leave behind. */
export function held(): {descriptors: string[]; shared: number} {
  const names = readdirSync('/proc/self/fd').map(fd => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'N');
    } catch {
      return '';
    }
  });
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {descriptors: names, shared: maps.filter(line => line.includes('memfd:')).length};
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function tableOf(delegate: Delegate): DelegateTable {
  const processor = createDelegate(cpu);
  return {names: ['device', 'cpu'], load: async name => (name === 'cpu' ? processor : delegate)};
}

function frame(sequence: number): Frame {
  const data = new Uint8Array(64 * 48 * 3).fill(sequence);
  const capturedAtNs = process.hrtime.bigint();
  return {sequence, capturedAtNs, wallClockMs: Date.now(), width: 64, height: 48, format: 'rgb', data};
}
