import {existsSync, readdirSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import type {Sysroot} from '../../src/system/sysroot.ts';

/** OpenVINO's C library, found but not opened. */
export interface OpenvinoLibrary {
  readonly path: string;
  /** True when the plugin for Myriad devices lies beside it. */
  readonly hasMyriadPlugin: boolean;
  /** For the process that opens it: where the loader finds what it depends on. */
  readonly env: Readonly<Record<string, string>>;
}

export interface LibrarySearch {
  readonly library: OpenvinoLibrary | undefined;
  /** Files and folders that were looked at, for people. */
  readonly looked: readonly string[];
}

const fileName = /^libopenvino_c\.so(\.\d+)*$/;
const myriadPlugin = 'libopenvino_intel_myriad_plugin.so';
const installations = '/opt/intel';
const loaderFolders = [
  '/usr/local/lib',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib/arm-linux-gnueabihf',
  '/usr/lib64',
  '/usr/lib',
];

/**
 * Looks for the library: the configured file or folder and nothing else, or the installations under /opt/intel, newest
 * first, then the loader's folders. With `forMyriad`, one that has the plugin for Myriad devices goes before all others.
 */
export async function findLibrary(
  configured: string | undefined,
  sysroot: Sysroot,
  forMyriad: boolean,
): Promise<LibrarySearch> {
  if (configured !== undefined) {
    const path = configuredFile(configured);
    return {library: path === undefined ? undefined : describe(path), looked: [configured]};
  }
  const folders = [...(await installedFolders(sysroot)), ...loaderFolders];
  const found: OpenvinoLibrary[] = [];
  for (const folder of folders) {
    const name = pick(await sysroot.list(folder));
    if (name !== undefined) found.push(describe(join(sysroot.root, folder, name)));
  }
  const best = forMyriad ? found.find(({hasMyriadPlugin}) => hasMyriadPlugin) : undefined;
  return {library: best ?? found[0], looked: [`${installations}/openvino*`, ...loaderFolders]};
}

function configuredFile(configured: string): string | undefined {
  const found = statSync(configured, {throwIfNoEntry: false});
  if (found === undefined || !found.isDirectory()) return found && configured;
  const name = pick(readdirSync(configured));
  return name === undefined ? undefined : join(configured, name);
}

/** `openvino_2024.6` before `openvino_2022.3.1`; in each, one folder per architecture. */
async function installedFolders(sysroot: Sysroot): Promise<string[]> {
  const names = (await sysroot.list(installations)).filter(name => /^openvino/.test(name));
  const newestFirst = names.sort((a, b) => b.localeCompare(a, 'en', {numeric: true}));
  const folders: string[] = [];
  for (const name of newestFirst) {
    const libraries = `${installations}/${name}/runtime/lib`;
    for (const architecture of await sysroot.list(libraries)) folders.push(`${libraries}/${architecture}`);
  }
  return folders;
}

/** The shortest name: `libopenvino_c.so` before `libopenvino_c.so.2022.3.1`. */
function pick(names: readonly string[]): string | undefined {
  return names.filter(name => fileName.test(name)).sort((a, b) => a.length - b.length)[0];
}

function describe(path: string): OpenvinoLibrary {
  const folder = dirname(path);
  const runtime = join(folder, '..', '..');
  const bundled = ['3rdparty/tbb/lib', '3rdparty/hddl/lib'].map(part => join(runtime, part));
  const folders = basename(runtime) === 'runtime' ? [folder, ...bundled.filter(part => existsSync(part))] : [folder];
  const inherited = process.env.LD_LIBRARY_PATH;
  const searched = inherited === undefined || inherited === '' ? folders : [...folders, inherited];
  return {
    path,
    hasMyriadPlugin: existsSync(join(folder, myriadPlugin)),
    env: {LD_LIBRARY_PATH: searched.join(':')},
  };
}
