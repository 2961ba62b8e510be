import {readdir, realpath, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {Sysroot} from '../../src/system/sysroot.ts';
import type {Provider} from './options.ts';

/** An ONNX Runtime library, by its files. */
export interface OrtLibrary {
  /** As this process opens it. */
  readonly path: string;
  /** `1.18.0`, or `unknown`. */
  readonly version: string;
  /** What it can compute with: providers lie beside it as libraries of their own. */
  readonly providers: readonly Provider[];
  /** `8.6.2`, or `unknown` when no libnvinfer lies where the loader looks. */
  readonly tensorrt: string;
}

const triplets = ['aarch64-linux-gnu', 'x86_64-linux-gnu'];
const folders = [
  '/usr/local/lib',
  ...triplets.flatMap(triplet => [`/usr/lib/${triplet}`, `/usr/local/lib/${triplet}`]),
  '/usr/lib',
  '/opt/onnxruntime/lib',
  '/usr/local/onnxruntime/lib',
];
const pythonFolder = /^python3(\.\d+)?$/;
const tensorrtFolders = [
  ...triplets.flatMap(triplet => [`/usr/lib/${triplet}`, `/usr/lib/${triplet}/tegra`, `/usr/lib/${triplet}/nvidia`]),
  '/usr/local/lib',
  '/usr/local/tensorrt/lib',
  '/usr/lib64',
];

/** The library of the options, or the first one in the usual folders. */
export async function findLibrary(sysroot: Sysroot, given: string | undefined): Promise<OrtLibrary | undefined> {
  if (given !== undefined) return describe(given, sysroot);
  for (const folder of [...folders, ...(await wheelFolders(sysroot))]) {
    const names = (await listAll(sysroot, folder)).filter(name => /^libonnxruntime\.so(\.[\d.]+)?$/.test(name));
    const name = names.sort((a, b) => a.length - b.length)[0];
    if (name === undefined) continue;
    const found = await describe(join(sysroot.root, folder, name), sysroot);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Python's wheels carry the C library in a folder of theirs. */
async function wheelFolders(sysroot: Sysroot): Promise<string[]> {
  const found: string[] = [];
  for (const lib of ['/usr/local/lib', '/usr/lib']) {
    for (const name of (await listAll(sysroot, lib)).filter(entry => pythonFolder.test(entry)).sort())
      found.push(`${lib}/${name}/dist-packages/onnxruntime/capi`, `${lib}/${name}/site-packages/onnxruntime/capi`);
  }
  return found;
}

async function describe(path: string, sysroot: Sysroot): Promise<OrtLibrary | undefined> {
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return undefined;
  const beside = await listAll(new Sysroot('/'), dirname(real));
  const has = (provider: string) => beside.includes(`libonnxruntime_providers_${provider}.so`);
  return {
    path,
    version: /\.so\.(\d+\.\d+(\.\d+)?)$/.exec(basename(real))?.[1] ?? (await versionInside(real)) ?? 'unknown',
    providers: [
      ...(has('tensorrt') ? (['tensorrt'] as const) : []),
      ...(has('cuda') ? (['cuda'] as const) : []),
      'cpu',
    ],
    tensorrt: await tensorrtVersion(sysroot, dirname(real)),
  };
}

const versions = new Map<string, Promise<string | undefined>>();

/** The version of its exported symbols; megabytes to read, so once per file. */
async function versionInside(path: string): Promise<string | undefined> {
  const {size, mtimeMs} = await stat(path);
  const key = `${path} ${size} ${mtimeMs}`;
  const known = versions.get(key) ?? new Sysroot('/').search(path, /VERS_(\d+\.\d+\.\d+)/);
  versions.set(key, known);
  return known;
}

async function tensorrtVersion(sysroot: Sysroot, beside: string): Promise<string> {
  const lists = await Promise.all(tensorrtFolders.map(folder => listAll(sysroot, folder)));
  const names = [...(await listAll(new Sysroot('/'), beside)), ...lists.flat()];
  const found = names
    .map(name => /^libnvinfer\.so\.(\d+\.\d+\.\d+)/.exec(name)?.[1])
    .filter(text => text !== undefined);
  return found.sort((a, b) => b.localeCompare(a, 'en', {numeric: true}))[0] ?? 'unknown';
}

/** Every name in a folder: those of libraries have thousands. */
async function listAll(sysroot: Sysroot, folder: string): Promise<string[]> {
  return readdir(join(sysroot.root, folder)).catch(() => []);
}
