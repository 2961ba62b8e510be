import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packageRoot} from '../../src/native/package-root.ts';

/** `dunlin up` as a process of its own. */
export interface DaemonProcess {
  readonly pid: number;
  /** Everything printed so far. */
  readonly output: () => string;
  /** Resolves once the output fits. */
  printed(pattern: RegExp): Promise<void>;
  /** Resolves with the exit status. */
  readonly exited: Promise<number | null>;
  /** Resident memory now. */
  rssMiB(): number;
  /** SIGTERM, unless it has ended. @returns the exit status */
  stop(): Promise<number | null>;
}

/** @param config what dunlin.yaml says; JSON is YAML */
export function startDaemon(
  config: object,
  env: NodeJS.ProcessEnv = process.env,
  flags: readonly string[] = [],
): DaemonProcess {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-daemon-'));
  const file = join(folder, 'dunlin.yaml');
  writeFileSync(file, JSON.stringify(config));
  const child: ChildProcess = spawn(
    process.execPath,
    [join(packageRoot, 'bin', 'dunlin'), 'up', '--config', file, ...flags],
    {
      env: {...env, NO_COLOR: '1'},
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', chunk => {
      output += String(chunk);
      for (const check of waiting) check();
    });
  }
  const exited = once(child, 'close').then(([status]) => {
    rmSync(folder, {recursive: true, force: true});
    return status as number | null;
  });
  return {
    pid: child.pid!,
    output: () => output,
    printed: pattern =>
      new Promise(resolve => {
        const check = () => {
          if (!pattern.test(output)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    exited,
    rssMiB: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async stop() {
      if (child.exitCode === null) child.kill('SIGTERM');
      return exited;
    },
  };
}
