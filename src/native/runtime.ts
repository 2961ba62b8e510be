import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {NativeUnavailableError} from '../error/errors.ts';
import type {NativeAddon, TfliteLibrary} from './api.ts';
import {loadNative} from './load.ts';
import {packageRoot} from './package-root.ts';
import {cacheDir, isRuntimeArch, runtimePath} from './runtime-paths.ts';
import {runtimePins} from './runtime-pins.ts';

/** Where a TFLite library was found. */
export type TfliteOrigin = 'configured' | 'system' | 'pinned' | 'tfjs-tflite-node';

/** An opened TFLite C library. */
export interface Tflite {
  readonly library: TfliteLibrary;
  /** As given to the loader: a file, or a bare name that the system's search path resolved. */
  readonly path: string;
  readonly version: string;
  readonly origin: TfliteOrigin;
  readonly xnnpack: boolean;
  readonly externalDelegates: boolean;
  /** Why better places were passed over, one line each. */
  readonly tried: readonly string[];
  /** What the operator should know, such as that this library is a slow last resort. */
  readonly warning?: string;
}

export interface FindTfliteOptions {
  /** From the configuration; wins over `DUNLIN_TFLITE_LIBRARY`. A configured library that fails is an error. */
  readonly configuredPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly addon?: NativeAddon;
}

interface Candidate {
  readonly path: string;
  readonly origin: TfliteOrigin;
}

const systemName = 'libtensorflowlite_c.so';

/**
 * Finds and opens TensorFlow Lite: the configured library, else the system's, else the one that `dunlin runtime install`
 * fetched, else the old one inside npm's `tfjs-tflite-node`.
 *
 * @throws {NativeUnavailableError} there is none; lists what was tried
 */
export function findTflite(options: FindTfliteOptions = {}): Tflite {
  const env = options.env ?? process.env;
  const addon = options.addon ?? loadNative();
  const configured = options.configuredPath || env.DUNLIN_TFLITE_LIBRARY;
  const tried: string[] = [];
  for (const candidate of configured ? [{path: configured, origin: 'configured'} as const] : searchOrder(env)) {
    try {
      const opened = addon.tfliteOpen(candidate.path);
      const warning = warningFor(candidate, opened.version);
      return {...opened, ...candidate, tried, ...(warning && {warning})};
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tried.push(reason.startsWith(candidate.path) ? reason : `${candidate.path}: ${reason}`);
    }
  }
  throw new NativeUnavailableError(
    `tflite: no TensorFlow Lite C library can be opened\n${tried.map(line => `  ${line}`).join('\n')}`,
    configured
      ? 'Correct the configured path (or DUNLIN_TFLITE_LIBRARY), or leave it out.'
      : 'Run "dunlin runtime install", or name a library in DUNLIN_TFLITE_LIBRARY.',
  );
}

function searchOrder(env: NodeJS.ProcessEnv): Candidate[] {
  const order: Candidate[] = [{path: systemName, origin: 'system'}];
  const {arch} = process;
  if (isRuntimeArch(arch)) {
    for (const {version} of runtimePins)
      order.push({path: runtimePath(version, arch, cacheDir(env)), origin: 'pinned'});
  }
  const lastResort = tfjsLibrary();
  if (lastResort) order.push({path: lastResort, origin: 'tfjs-tflite-node'});
  return order;
}

/** The library inside `tfjs-tflite-node`, when that package lies beside this one or in the current project. */
function tfjsLibrary(): string | undefined {
  const folder = process.arch === 'x64' ? 'linux_amd64' : 'linux_arm64';
  for (const from of [packageRoot, process.cwd()]) {
    try {
      const manifest = createRequire(path.join(from, 'package.json')).resolve('tfjs-tflite-node/package.json');
      const library = path.join(path.dirname(manifest), 'cc_deps', folder, systemName);
      if (existsSync(library)) return library;
    } catch {
      // Not installed there, which is the usual case.
    }
  }
  return undefined;
}

function warningFor({origin, path: file}: Candidate, version: string): string | undefined {
  if (origin !== 'tfjs-tflite-node') return undefined;
  return `tflite: using TensorFlow Lite ${version} of tfjs-tflite-node (${file}), which is 6 to 16 times slower; run "dunlin runtime install"`;
}
