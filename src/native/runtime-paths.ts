import {homedir} from 'node:os';
import path from 'node:path';
import type {RuntimeArch, RuntimePin, RuntimeVersion} from './runtime-pins.ts';
import {runtimePins} from './runtime-pins.ts';

/** Where downloads are kept: `DUNLIN_CACHE_DIR`, else `$XDG_CACHE_HOME/dunlin`, else `~/.cache/dunlin`. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.DUNLIN_CACHE_DIR) return path.resolve(env.DUNLIN_CACHE_DIR);
  return path.join(env.XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'dunlin');
}

/** File of a pinned TFLite library once it is installed. */
export function runtimePath(version: RuntimeVersion, arch: RuntimeArch, cache: string = cacheDir()): string {
  return path.join(cache, 'runtime', `tflite-${version}-linux-${arch}`, 'libtensorflowlite_c.so');
}

export function isRuntimeArch(arch: string): arch is RuntimeArch {
  return arch === 'x64' || arch === 'arm64';
}

/** Version of the running process's glibc, or undefined with another C library. */
export function glibcVersion(): readonly [major: number, minor: number] | undefined {
  const report = process.report?.getReport() as {header?: {glibcVersionRuntime?: string}} | undefined;
  const match = /^(\d+)\.(\d+)/.exec(report?.header?.glibcVersionRuntime ?? '');
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** The best pin that starts with this glibc, or undefined. */
export function pinForGlibc(glibc: readonly [major: number, minor: number] | undefined): RuntimePin | undefined {
  if (!glibc) return undefined;
  return runtimePins.find(({glibc: [major, minor]}) => glibc[0] > major || (glibc[0] === major && glibc[1] >= minor));
}
