import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdir, readFile} from 'node:fs/promises';

/** Processes whose command line contains `text`; this one left out. */
export async function childrenReading(text: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async pid => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return pid !== process.pid && commandLine.includes(text) ? pid : undefined;
    }),
  );
  return found.filter(pid => pid !== undefined);
}

/** Child processes of `pid`, zombies included. */
export async function childrenOf(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const lists = await Promise.all(
    tasks.map(task => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap(list => list.split(' ').filter(Boolean).map(Number));
}

/** Those of `pids` that still exist, be it as zombies. */
export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const existing = new Set((await readdir('/proc')).map(Number));
  return pids.filter(pid => existing.has(pid));
}

/** Resolves when a process has ended; it need not be a child of ours. */
export async function ended(pid: number): Promise<void> {
  await once(spawn('tail', ['--pid', String(pid), '-s', '0.05', '-f', '/dev/null'], {stdio: 'ignore'}), 'exit');
}
