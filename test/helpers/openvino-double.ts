import {copyFile, mkdir, mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {movidius} from '../../delegates/movidius/index.ts';
import type {Delegate, DelegateContext} from '../../src/delegate/contract.ts';
import type {DeviceHosts, HostRequest} from '../../src/native/host/contract.ts';
import {buildDouble} from './build-double.ts';
import {createDelegate} from './delegate.ts';
import {TestHosts} from './hosts.ts';

/** A Movidius device on a fake system's USB. */
export type FakeStick = 'unbooted' | 'booted' | 'myriad2';

const products: Readonly<Record<FakeStick, string>> = {unbooted: '2485', booted: 'f63b', myriad2: '2150'};

export interface OpenvinoDoubleOptions {
  /** 2022 is the last release for Myriad sticks, and lists one; 2026 lists CPU, GPU.0 and NPU. */
  readonly release?: 2022 | 2026;
  /** What is plugged in at the start; a stick that waits for its firmware unless given. */
  readonly stick?: FakeStick | 'none';
}

/**
 * An OpenVINO that is not there: a fake system with a double of its library below /opt/intel, and processes that run it. The
 * double's orders reach every process of this test file, so tests that give orders run one after the other.
 */
export class OpenvinoDouble implements DeviceHosts {
  readonly sysroot: string;
  readonly library: string;
  /** What the processes are started with; a daemon gets them by its own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly hosts = new TestHosts();
  readonly #folder: string;

  private constructor(folder: string, library: string) {
    this.#folder = folder;
    this.sysroot = join(folder, 'root');
    this.library = library;
    this.env = {DUNLIN_DOUBLE_CONTROL: join(folder, 'control')};
  }

  static async start({release = 2022, stick = 'unbooted'}: OpenvinoDoubleOptions = {}): Promise<OpenvinoDouble> {
    const folder = await mkdtemp(join(tmpdir(), 'dunlin-openvino-'));
    const name = release === 2022 ? 'openvino_2022.3.1' : 'openvino_2026.4.1';
    const libraries = join(folder, 'root', 'opt', 'intel', name, 'runtime', 'lib', 'intel64');
    await mkdir(libraries, {recursive: true});
    const built = await buildDouble(release === 2022 ? 'openvino-double' : 'openvino-double-2026');
    await copyFile(built, join(libraries, 'libopenvino_c.so'));
    await rm(dirname(built), {recursive: true});
    if (release === 2022) await writeFile(join(libraries, 'libopenvino_intel_myriad_plugin.so'), '');
    const double = new OpenvinoDouble(folder, join(libraries, 'libopenvino_c.so'));
    if (stick !== 'none') await double.plugIn(stick);
    // Listing the devices is done by processes of no key, which inherit the environment.
    process.env.DUNLIN_DOUBLE_CONTROL = double.env.DUNLIN_DOUBLE_CONTROL;
    return double;
  }

  /** The delegate as the configuration sets it up. */
  delegate(options: Readonly<Record<string, unknown>> = {}, context: Partial<DelegateContext> = {}): Delegate {
    const cacheDir = join(this.#folder, 'cache');
    return createDelegate(movidius, options, {sysroot: this.sysroot, cacheDir, hosts: this, ...context});
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

  /** Makes a stick appear on port 1-2, or change its state there: booting gives it another id and number. */
  async plugIn(state: FakeStick): Promise<void> {
    await this.pullOut();
    const number = state === 'booted' ? 8 : 7;
    const files: Readonly<Record<string, string>> = {
      [`${usbFolder}/idVendor`]: '03e7\n',
      [`${usbFolder}/idProduct`]: `${products[state]}\n`,
      [`${usbFolder}/speed`]: '5000\n',
      [`${usbFolder}/busnum`]: '1\n',
      [`${usbFolder}/devnum`]: `${number}\n`,
      [`/dev/bus/usb/001/00${number}`]: '',
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.sysroot, path)), {recursive: true});
      await writeFile(join(this.sysroot, path), text);
    }
  }

  async pullOut(): Promise<void> {
    for (const path of [usbFolder, '/dev/bus/usb/001'])
      await rm(join(this.sysroot, path), {recursive: true, force: true});
  }

  async stop(): Promise<void> {
    await this.hosts.closeAll();
    await rm(this.#folder, {recursive: true, force: true});
  }
}

const usbFolder = '/sys/bus/usb/devices/1-2';
