import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {ExecutionContext} from 'ava';

export interface PythonServer {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What it has printed, in any order, when it is ready. */
  readonly ready: readonly RegExp[];
}

/** Starts a server and waits for its words; it is stopped after the test. */
export async function startPythonServer(t: ExecutionContext, server: PythonServer): Promise<void> {
  const {program, args, cwd, env, ready} = server;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {...process.env, ...env},
    ...(cwd === undefined ? {} : {cwd}),
  });
  t.teardown(() => stop(child));
  await said(child, ready);
}

function said(child: ChildProcess, words: readonly RegExp[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-100_000);
      if (words.every(word => word.test(text))) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`ended before it was ready:\n${text.slice(-4000)}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
