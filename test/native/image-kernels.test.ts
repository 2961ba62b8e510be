import {execFile} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {packageRoot} from '../../src/native/package-root.ts';
import {findTurbojpeg} from '../../src/native/turbojpeg.ts';
import {sharedData} from '../helpers/shared-data.ts';

const run = promisify(execFile);
const addon = path.join(packageRoot, 'src/native/addon');
const sanitizers = ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
const nativeCompiler = process.env.CC || 'cc';

const allParts = readdirSync(addon).filter(name => /^image_.*\.c$/.test(name));
const kernelParts = ['axis', 'kernels', 'kernels_avx2', 'kernels_neon', 'resample'].map(name => `image_${name}.c`);

interface Check {
  readonly program: string;
  readonly parts: readonly string[];
  readonly compiler: string;
  readonly flags: readonly string[];
  /** What runs the program, and its arguments. */
  readonly runner?: readonly string[];
  readonly programArguments?: readonly string[];
}

/** Compiles a C program of this folder with parts of the addon, runs it, and gives what it printed. */
async function check({
  program: name,
  parts,
  compiler,
  flags,
  runner = [],
  programArguments = [],
}: Check): Promise<string> {
  const sources = [path.join(packageRoot, 'test/native', name), ...parts.map(part => path.join(addon, part))];
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-kernels-'));
  const program = path.join(folder, 'check');
  try {
    await run(compiler, ['-std=c11', '-O2', ...flags, '-o', program, ...sources, '-lm', '-ldl']);
    const [command, ...rest] = [...runner, program, ...programArguments];
    return (await run(command!, rest)).stdout;
  } finally {
    await rm(folder, {recursive: true});
  }
}

test("this machine's kernels give the portable kernels' bytes, within their memory", async t => {
  const printed = await check({
    program: 'image_kernels_check.c',
    parts: kernelParts,
    compiler: nativeCompiler,
    flags: sanitizers,
  });
  t.regex(printed, /400 cases, 0 bytes differ/);
});

test('NEON and the whole way to the tensor give the same bytes under emulation', async t => {
  const compiler = 'aarch64-linux-gnu-gcc';
  const runner = ['qemu-aarch64-static'];
  try {
    for (const tool of [compiler, ...runner]) await run(tool, ['--version']);
  } catch (error) {
    t.log(`skipped: ${String(error)}; apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static`);
    t.pass();
    return;
  }
  const emulated = {compiler, flags: ['-static'], runner};
  const kernels = await check({program: 'image_kernels_check.c', parts: kernelParts, ...emulated});
  t.regex(kernels, /simd: 400 cases, 0 bytes differ/);
  const tensors = {program: 'image_process_check.c', parts: allParts, programArguments: ['1500']};
  t.is(await check({...tensors, ...emulated}), await check({...tensors, compiler: nativeCompiler, flags: []}));
});

test('random pictures, regions and inputs stay within their memory, and nothing leaks', async t => {
  const turbojpeg = findTurbojpeg();
  const jpeg =
    turbojpeg.library === undefined ? [] : [turbojpeg.path, sharedData('images', 'segmentation_input_rotation0.jpg')];
  const printed = await check({
    program: 'image_process_check.c',
    parts: allParts,
    compiler: nativeCompiler,
    flags: sanitizers,
    programArguments: ['5000', ...jpeg],
  });
  const [, written] = /^5000 cases, (\d+) tensors written,/.exec(printed) ?? [];
  t.true(Number(written) > 1000, printed);
});
