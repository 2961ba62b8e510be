import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {packageRoot} from '../../src/native/package-root.ts';

const run = promisify(execFile);

/** Compiles C sources, named from the package root, into a program in a temporary folder. */
export async function buildProgram(
  sources: readonly string[],
  flags: readonly string[] = [],
): Promise<{readonly program: string; remove(): Promise<void>}> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-program-'));
  const program = path.join(folder, 'program');
  const files = sources.map(source => path.join(packageRoot, source));
  const warnings = ['-std=c11', '-O1', '-Wall', '-Wextra', '-Werror'];
  await run(process.env.CC || 'cc', [...warnings, ...flags, ...files, '-o', program, '-lm', '-pthread']);
  return {program, remove: () => rm(folder, {recursive: true})};
}
