import {on} from 'node:events';
import {watch} from 'node:fs';
import {mkdir, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {edgetpu} from '../../delegates/edgetpu/index.ts';
import type {Delegate, DelegateContext} from '../../src/delegate/contract.ts';
import type {DeviceHosts, HostRequest} from '../../src/native/host/contract.ts';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';
import {buildDouble} from './build-double.ts';
import {createDelegate} from './delegate.ts';
import {TestHosts} from './hosts.ts';
import {openRuntime} from './runtimes.ts';

/** Sticks and modules of a fake system: `usb:1-1` (a stick that waits for its firmware), `pci:0`. */
export type FakeEdgetpu = `usb:${string}` | `pci:${number}`;

export interface EdgetpuDoubleOptions {
  readonly devices?: readonly FakeEdgetpu[];
  /** Models that compute for the compiled ones; without them every output byte is a sum of the input's. */
  readonly twins?: readonly string[];
  /** TensorFlow Lite that the twins run in. */
  readonly version?: RuntimeVersion;
}

/** Edge TPUs that are not there: a fake system with a double of libedgetpu, and processes that run it. */
export class EdgetpuDouble implements DeviceHosts {
  readonly sysroot: string;
  readonly library: string;
  /** What the processes are started with; a daemon gets them by its own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly hosts = new TestHosts();
  readonly #folder: string;

  private constructor(folder: string, library: string, env: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.sysroot = join(folder, 'root');
    this.library = library;
    this.env = env;
  }

  static async start(options: EdgetpuDoubleOptions = {}): Promise<EdgetpuDouble> {
    const {devices = ['usb:1-1'], twins = [], version = '2.21.0'} = options;
    const folder = await mkdtemp(join(tmpdir(), 'dunlin-edgetpu-'));
    await mkdir(join(folder, 'locks'));
    const double = new EdgetpuDouble(folder, await buildDouble('edgetpu-abi29-delegate'), {
      DUNLIN_DOUBLE_CONTROL: join(folder, 'control'),
      DUNLIN_EDGETPU_DOUBLE_DEVICES: devices.map(listed).join(','),
      DUNLIN_EDGETPU_DOUBLE_LOCKS: join(folder, 'locks'),
      DUNLIN_EDGETPU_DOUBLE_LOG: join(folder, 'log'),
      DUNLIN_EDGETPU_DOUBLE_TFLITE: (await openRuntime(version)).path,
      DUNLIN_EDGETPU_DOUBLE_TWINS: twins.join(':'),
    });
    await mkdir(double.sysroot, {recursive: true});
    for (const device of devices) await double.plugIn(device);
    return double;
  }

  /** The delegate as the configuration sets it up. */
  delegate(options: Readonly<Record<string, unknown>> = {}, context: Partial<DelegateContext> = {}): Delegate {
    const all = {library: this.library, ...options};
    return createDelegate(edgetpu, all, {sysroot: this.sysroot, hosts: this, ...context});
  }

  connect(request: HostRequest) {
    return this.hosts.connect({...request, env: {...request.env, ...this.env}});
  }

  /** Orders for the double, one `key=value` each; none makes it healthy. */
  async control(...lines: readonly string[]): Promise<void> {
    const file = join(this.#folder, 'control');
    await writeFile(`${file}.new`, `${lines.join('\n')}\n`);
    await rename(`${file}.new`, file);
  }

  /** What was opened, shared and closed: `opens /sys/bus/usb/devices/1-1 Performance=Max …`. */
  async log(): Promise<string[]> {
    const text = await readFile(join(this.#folder, 'log'), 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => line.replace(/^\d+ /, ''));
  }

  /** The log once it satisfies; a process closes a session after it has been told to. */
  async logUntil(isEnough: (lines: readonly string[]) => boolean): Promise<string[]> {
    const watcher = watch(this.#folder);
    const changes = on(watcher, 'change');
    try {
      let lines = await this.log();
      while (!isEnough(lines)) {
        await changes.next();
        lines = await this.log();
      }
      return lines;
    } finally {
      watcher.close();
    }
  }

  /** Makes a device appear in the fake system. The double's own list stays as it was at the start. */
  async plugIn(device: FakeEdgetpu): Promise<void> {
    for (const [path, text] of Object.entries(filesOf(device))) {
      await mkdir(dirname(join(this.sysroot, path)), {recursive: true});
      await writeFile(join(this.sysroot, path), text);
    }
  }

  async pullOut(device: FakeEdgetpu): Promise<void> {
    for (const path of foldersOf(device)) await rm(join(this.sysroot, path), {recursive: true, force: true});
  }

  async stop(): Promise<void> {
    await this.hosts.closeAll();
    await rm(this.#folder, {recursive: true, force: true});
    await rm(dirname(this.library), {recursive: true, force: true});
  }
}

/** As libedgetpu names it. */
function listed(device: FakeEdgetpu): string {
  const [bus, place] = split(device);
  return bus === 'usb' ? `usb@/sys/bus/usb/devices/${place}` : `pci@/dev/apex_${place}`;
}

function foldersOf(device: FakeEdgetpu): string[] {
  const [bus, place] = split(device);
  return bus === 'usb' ? [`/sys/bus/usb/devices/${place}`] : [`/sys/class/apex/apex_${place}`, `/dev/apex_${place}`];
}

function filesOf(device: FakeEdgetpu): Record<string, string> {
  const [bus, place] = split(device);
  if (bus === 'usb') {
    const folder = `/sys/bus/usb/devices/${place}`;
    return {[`${folder}/idVendor`]: '1a6e\n', [`${folder}/idProduct`]: '089a\n', [`${folder}/speed`]: '5000\n'};
  }
  return {[`/sys/class/apex/apex_${place}/temp`]: '45000\n', [`/dev/apex_${place}`]: ''};
}

function split(device: FakeEdgetpu): [bus: string, place: string] {
  return [device.slice(0, 3), device.slice(4)];
}
