import {readdirSync} from 'node:fs';
import {copyFile, mkdtemp, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {jetson} from '../../../delegates/jetson/index.ts';
import type {Delegate, DelegateContext} from '../../../src/delegate/contract.ts';
import type {DeviceHosts} from '../../../src/native/host/contract.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {fakeRoot} from '../../helpers/fake-root.ts';
import {TestHosts} from '../../helpers/hosts.ts';
import {type KeptLog, keepLog} from '../../helpers/log.ts';

/** ONNX Runtime's C library, as npm's onnxruntime-node brings it. */
export function realLibrary(): string {
  const folder = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')), 'bin');
  const [version] = readdirSync(folder);
  return join(folder, version!, 'linux', process.arch, 'libonnxruntime.so.1');
}

let built: Promise<string> | undefined;

/** A folder as a TensorRT build of ONNX Runtime is installed, with the double as its library. */
export async function installDouble(t: ExecutionContext): Promise<{library: string; folder: string}> {
  built ??= buildDouble('onnxruntime-trt-double');
  const folder = await mkdtemp(join(tmpdir(), 'dunlin-ort-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const library = join(folder, 'libonnxruntime.so.1.18.0');
  await copyFile(await built, library);
  for (const name of [
    'libonnxruntime_providers_tensorrt.so',
    'libonnxruntime_providers_cuda.so',
    'libnvinfer.so.8.6.2',
  ])
    await writeFile(join(folder, name), '');
  return {library, folder};
}

/** Files of a Jetson Orin NX with JetPack 6. */
export const orinFiles: Readonly<Record<string, string>> = {
  'etc/nv_tegra_release': '# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64\n',
  'proc/device-tree/compatible': 'nvidia,p3768-0000+p3767-0000\0nvidia,p3767-0000\0nvidia,tegra234\0',
  'proc/device-tree/model': 'NVIDIA Jetson Orin NX\0',
  'dev/nvhost-gpu': '',
};

/** A delegate on a fake Orin with the double, and what steers both. */
export interface Rig {
  readonly delegate: Delegate;
  readonly hosts: TestHosts;
  readonly log: KeptLog;
  readonly library: string;
  readonly sysroot: string;
  readonly cache: string;
  /** Another one on the same cache, as another thread or process would have it. */
  another(options?: Readonly<Record<string, unknown>>, log?: KeptLog, hosts?: DeviceHosts): Delegate;
  /** Lines of double_control.h; none: healthy. */
  control(...lines: readonly string[]): Promise<void>;
  /** Lines for the building of engines (test/doubles/onnxruntime-trt-double.c). */
  build(...lines: readonly string[]): Promise<void>;
  /** Engines built so far. */
  builds(): Promise<number>;
  /** The process that began the last one. */
  lastBuilder(): Promise<number>;
  /** Removes an engine from the cache. */
  forget(key: string): Promise<void>;
}

/** Tests of a file share the environment, so those with a rig run one after the other. */
export async function rig(t: ExecutionContext, options: Readonly<Record<string, unknown>> = {}): Promise<Rig> {
  const {library, folder} = await installDouble(t);
  const sysroot = await fakeRoot(t, orinFiles);
  const cache = join(folder, 'cache');
  const hosts = new TestHosts();
  const log = keepLog();
  t.teardown(() => hosts.closeAll());
  // Host processes do not keep this one alive, as a daemon's pipelines do.
  const alive = setInterval(() => {}, 1 << 30);
  t.teardown(() => clearInterval(alive));
  const environment = {
    DUNLIN_DOUBLE_ORT: realLibrary(),
    DUNLIN_DOUBLE_CONTROL: join(folder, 'control'),
    DUNLIN_DOUBLE_BUILD: join(folder, 'build'),
  };
  Object.assign(process.env, environment);
  t.teardown(() => {
    for (const name of Object.keys(environment)) delete process.env[name];
  });
  const counts = join(folder, 'builds');
  const another = (others = {}, otherLog = log, otherHosts: DeviceHosts = hosts) => {
    const context: Partial<DelegateContext> = {sysroot, cacheDir: cache, hosts: otherHosts, log: otherLog};
    return createDelegate(jetson, {library, ...options, ...others}, context);
  };
  const build = (...lines: readonly string[]) => replace(join(folder, 'build'), [`count=${counts}`, ...lines]);
  await build();
  return {
    delegate: another(),
    hosts,
    log,
    library,
    sysroot,
    cache,
    another,
    build,
    control: (...lines) => replace(join(folder, 'control'), lines),
    builds: async () => (await readFile(counts, 'utf8').catch(() => '')).split('\n').length - 1,
    lastBuilder: async () => Number((await readFile(counts, 'utf8')).trim().split('\n').at(-1)),
    forget: key => rm(join(cache, 'trt', key), {recursive: true}),
  };
}

/** A reader sees the old file or the new one. */
async function replace(path: string, lines: readonly string[]): Promise<void> {
  await writeFile(`${path}.new`, lines.map(line => `${line}\n`).join(''));
  await rename(`${path}.new`, path);
}
