import {execFile} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {packageRoot} from '../../src/native/package-root.ts';
import {cacheDir} from '../../src/native/runtime-paths.ts';

const run = promisify(execFile);

/** A virtual environment with the packages of test/helpers/requirements/<name>.txt. */
export interface PythonEnv {
  readonly python: string;
  /** Folder of the installed packages. */
  readonly packages: string;
}

/**
 * The environment of that name, made on first use and kept in Dunlin's cache folder. Test files may ask at the same time:
 * one of them makes it, the others wait.
 */
export async function pythonEnv(name: string): Promise<PythonEnv> {
  const requirements = path.join(packageRoot, 'test', 'helpers', 'requirements', `${name}.txt`);
  const version = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const folder = path.join(cacheDir(), 'test-python', `${name}-${version}`);
  await once(folder, async draft => {
    await run('python3', ['-m', 'venv', draft]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await run(path.join(draft, 'bin', 'python'), pip, {maxBuffer: 16 * 1024 * 1024});
  });
  const python = path.join(folder, 'bin', 'python');
  const {stdout} = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])']);
  return {python, packages: stdout.trim()};
}

/** A virtual environment knows its own path, so it is made in place; a file says that it is whole. */
async function once(folder: string, make: (folder: string) => Promise<void>): Promise<void> {
  const whole = path.join(folder, '.whole');
  const lock = `${folder}.lock`;
  mkdirSync(path.dirname(folder), {recursive: true});
  for (let tries = 0; !existsSync(whole); tries++) {
    if (tries > 1200) throw new Error(`${lock} is held for too long; remove it`);
    if (!take(lock)) {
      await sleep(500);
      continue;
    }
    try {
      if (existsSync(whole)) return;
      rmSync(folder, {recursive: true, force: true});
      await make(folder);
      writeFileSync(whole, '');
    } finally {
      rmdirSync(lock);
    }
  }
}

function take(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}
