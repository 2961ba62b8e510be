import {execFile} from 'node:child_process';
import {access, constants, statfs} from 'node:fs/promises';
import {freemem, totalmem} from 'node:os';
import {Sysroot} from '../system/sysroot.ts';
import {readCores} from './facts.ts';
import {findProgram} from './libraries.ts';
import {readMemory} from './memory.ts';
import {readTemperatures, type Temperature} from './temperatures.ts';
import {decodeThrottling, readThrottling, type Throttling} from './throttling.ts';

/** How the board is. A reading that the board does not offer is absent. */
export interface BoardHealth {
  readonly temperatures: readonly Temperature[];
  readonly throttling?: Throttling;
  readonly cpu?: {readonly load1: number; readonly cores: number};
  /** Of the system or container; `rssBytes` is this process. */
  readonly memory: {readonly totalBytes: number; readonly availableBytes: number; readonly rssBytes: number};
  readonly disk?: {
    readonly path: string;
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly writable: boolean;
  };
  /** Whether the wall clock is known to follow a time server. */
  readonly clock?: {readonly synchronized: boolean};
}

export interface HealthOptions {
  /** Folder whose disk is looked at: where Dunlin keeps its data. */
  readonly dataFolder?: string;
}

/** Reads sysfs and procfs under `root`; on this machine (`/`) also asks vcgencmd and timedatectl. Never throws. */
export async function collectHealth(root: string, options: HealthOptions = {}): Promise<BoardHealth> {
  const sysroot = new Sysroot(root);
  const memory = (await readMemory(sysroot)) ?? {totalBytes: totalmem(), availableBytes: freemem()};
  return {
    temperatures: await readTemperatures(sysroot),
    ...given('throttling', (await readThrottling(sysroot)) ?? (await askFirmware(sysroot))),
    ...given('cpu', await readLoad(sysroot)),
    memory: {...memory, rssBytes: process.memoryUsage.rss()},
    ...given('disk', options.dataFolder === undefined ? undefined : await readDisk(options.dataFolder)),
    ...given('clock', await readClock(sysroot)),
  };
}

async function readLoad(sysroot: Sysroot): Promise<BoardHealth['cpu']> {
  const load1 = Number((await sysroot.line('/proc/loadavg'))?.split(' ')[0] ?? Number.NaN);
  const cores = await readCores(sysroot);
  return cores !== undefined && load1 >= 0 && Number.isFinite(load1) ? {load1, cores} : undefined;
}

async function readDisk(path: string): Promise<BoardHealth['disk']> {
  try {
    const {bsize, blocks, bavail} = await statfs(path);
    const writable = await access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
    return {path, totalBytes: bsize * blocks, freeBytes: bsize * bavail, writable};
  } catch {
    return undefined;
  }
}

/** systemd-timesyncd leaves a file once it has set the clock; others are asked through timedatectl. */
async function readClock(sysroot: Sysroot): Promise<BoardHealth['clock']> {
  if (await sysroot.exists('/run/systemd/timesync/synchronized')) return {synchronized: true};
  const answer = await ask(sysroot, 'timedatectl', ['show', '--property=NTPSynchronized', '--value']);
  if (answer === 'yes' || answer === 'no') return {synchronized: answer === 'yes'};
  return (await sysroot.exists('/run/systemd/timesync')) ? {synchronized: false} : undefined;
}

/** Older kernels of the Raspberry Pi tell only through their own tool. */
async function askFirmware(sysroot: Sysroot): Promise<Throttling | undefined> {
  const bits = /^throttled=0x([0-9a-f]{1,8})$/i.exec((await ask(sysroot, 'vcgencmd', ['get_throttled'])) ?? '')?.[1];
  return bits === undefined ? undefined : decodeThrottling(Number.parseInt(bits, 16));
}

/** Output of a program of this machine, or undefined: absent, failed, or silent for 2 s. */
async function ask(sysroot: Sysroot, name: string, args: readonly string[]): Promise<string | undefined> {
  if (!sysroot.isThisMachine) return undefined;
  const path = await findProgram(name, sysroot);
  if (path === undefined) return undefined;
  return new Promise(resolve => {
    execFile(path, args, {timeout: 2000, killSignal: 'SIGKILL', maxBuffer: 4096}, (error, stdout) => {
      resolve(error ? undefined : stdout.trim());
    });
  });
}

function given<K extends string, V>(key: K, value: V | undefined): {[key in K]?: V} {
  return value === undefined ? {} : ({[key]: value} as {[key in K]?: V});
}
