import {execFile, execFileSync} from 'node:child_process';
import {existsSync, linkSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {packageRoot} from '../../src/native/package-root.ts';
import {progress} from './report.ts';

const folder = join(packageRoot, 'build', 'bench');
const run = (program: string, args: readonly string[]) =>
  execFileSync(program, args, {stdio: ['ignore', 'inherit', 'inherit'], cwd: packageRoot});

/** Compiles the C floor with the addon's own picture code. @returns its path */
export function buildFloor(): string {
  mkdirSync(folder, {recursive: true});
  const path = join(folder, 'floor');
  const addon = join(packageRoot, 'src', 'native', 'addon');
  const sources = execFileSync('sh', ['-c', `ls ${addon}/image_*.c`], {encoding: 'utf8'})
    .trim()
    .split('\n');
  run('cc', [
    '-O2',
    '-o',
    path,
    `-I${addon}`,
    join(packageRoot, 'bench', 'floor', 'floor.c'),
    ...sources,
    '-ldl',
    '-lm',
    '-lpthread',
  ]);
  return path;
}

/** A virtual environment with the Python peers. @returns its interpreter */
export function pythonPeers(): string {
  const venv = join(folder, 'venv');
  const python = join(venv, 'bin', 'python');
  if (!existsSync(join(venv, 'done'))) {
    progress('installing the Python peers');
    run('python3', ['-m', 'venv', venv]);
    run(python, ['-m', 'pip', 'install', '-q', '-r', join(packageRoot, 'bench', 'peers', 'requirements.txt')]);
    run('touch', [join(venv, 'done')]);
  }
  return python;
}

/** The newest that `tfjs-tflite-node` takes: with others, npm installs a second tfjs-core, whose tensors it refuses. */
const tfjsPackages = ['tfjs-tflite-node@0.0.2', '@tensorflow/tfjs-core@4.9.0', '@tensorflow/tfjs-backend-cpu@4.9.0'];

/** `tfjs-tflite-node` in a folder of its own, compiled by its install script. @returns that folder, or undefined when it cannot be installed */
export async function tfjsPeer(): Promise<string | undefined> {
  const prefix = join(folder, 'tfjs');
  const addon = join(prefix, 'node_modules', 'tfjs-tflite-node', 'build', 'Release', 'node_tflite_binding.node');
  if (existsSync(addon)) return prefix;
  mkdirSync(prefix, {recursive: true});
  const startedAt = performance.now();
  const tick = setInterval(
    () => progress(`compiling tfjs-tflite-node … ${Math.round((performance.now() - startedAt) / 1000)} s`),
    20_000,
  );
  progress('installing tfjs-tflite-node, which compiles for some minutes');
  try {
    await promisify(execFile)(
      'npm',
      ['install', '--prefix', prefix, '--no-fund', '--no-audit', '--foreground-scripts', ...tfjsPackages],
      {maxBuffer: 1 << 28},
    );
  } catch (error) {
    progress(
      `tfjs-tflite-node cannot be installed here; left out (${String((error as {stderr?: string}).stderr ?? error)
        .trim()
        .split('\n')
        .at(-1)})`,
    );
  } finally {
    clearInterval(tick);
  }
  return existsSync(addon) ? prefix : undefined;
}

/**
 * `frames` JPEGs of 1280 × 720 made from one photograph, panned so that neighbours differ. Beyond the first thousand
 * they are links to these.
 *
 * @returns the folder
 */
export function makeFrames(photo: string, frames: number): string {
  const path = join(folder, `frames-${frames}`);
  if (existsSync(path) && readdirSync(path).length === frames) return path;
  mkdirSync(path, {recursive: true});
  if (frames <= 1000) {
    const pan = `scale=1600:900,crop=1280:720:'mod(n*3,320)':'mod(n*2,180)'`;
    run('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-loop',
      '1',
      '-i',
      photo,
      '-frames:v',
      String(frames),
      '-vf',
      pan,
      '-q:v',
      '4',
      join(path, '%05d.jpg'),
    ]);
    return path;
  }
  const first = makeFrames(photo, 1000);
  const names = readdirSync(first);
  for (let frame = 0; frame < frames; frame++) {
    linkSync(join(first, names[frame % names.length]!), join(path, `${String(frame).padStart(6, '0')}.jpg`));
  }
  return path;
}
