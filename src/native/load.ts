import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {NativeUnavailableError} from '../error/errors.ts';
import type {NativeAddon} from './api.ts';
import {packageRoot} from './package-root.ts';

const require = createRequire(import.meta.url);
let loaded: NativeAddon | undefined;

/**
 * The native addon of this machine, loaded once.
 *
 * Tried in order: `DUNLIN_ADDON` (a file), the local build, the prebuilt one that a release carries.
 *
 * @throws {NativeUnavailableError} none can be loaded; says what was tried and what to do
 */
export function loadNative(): NativeAddon {
  loaded ??= load(candidates(process.env), `${process.platform}-${process.arch}`);
  return loaded;
}

/** Files that may hold the addon, best first. */
export function candidates(env: NodeJS.ProcessEnv): readonly string[] {
  if (env.DUNLIN_ADDON) return [path.resolve(env.DUNLIN_ADDON)];
  const platform = `${process.platform}-${process.arch}`;
  return [
    path.join(packageRoot, 'build', platform, 'dunlin.node'),
    path.join(packageRoot, 'npm', platform, 'dunlin.node'),
  ];
}

/** @throws {NativeUnavailableError} no file of the list can be loaded */
export function load(files: readonly string[], platform: string): NativeAddon {
  const failures: string[] = [];
  let cause: unknown;
  for (const file of files) {
    if (!existsSync(file)) {
      failures.push(`${file}: no such file`);
      continue;
    }
    try {
      return require(file) as NativeAddon;
    } catch (error) {
      cause = error;
      failures.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new NativeUnavailableError(
    `native: the addon cannot be loaded on ${platform}\n${failures.map(line => `  ${line}`).join('\n')}`,
    remedy(platform, failures),
    {cause},
  );
}

function remedy(platform: string, failures: readonly string[]): string {
  if (!platform.startsWith('linux-')) return `Run Dunlin on Linux (x64 or arm64); ${platform} is not supported.`;
  const build = 'node scripts/build-addon.mjs --force';
  if (failures.some(line => /GLIBC|ELF|wrong ELF class|undefined symbol/.test(line))) {
    return `The file was built for another system; build it on this one: ${build}`;
  }
  return `Build it: ${build} (needs a C compiler; on Debian, Ubuntu or Raspberry Pi OS: apt-get install gcc libc6-dev)`;
}
