import {execFile} from 'node:child_process';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {packageRoot} from '../../src/native/package-root.ts';

/** Compiles test/doubles/<name>.c into a shared library in a temporary folder, and returns its path. */
export async function buildDouble(name: string, compiler = 'cc'): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-double-'));
  const library = path.join(folder, `${name}.so`);
  const source = path.join(packageRoot, 'test', 'doubles', `${name}.c`);
  const flags = ['-std=c11', '-O1', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', '-fvisibility=hidden'];
  await promisify(execFile)(compiler, [...flags, source, '-o', library]);
  return library;
}
