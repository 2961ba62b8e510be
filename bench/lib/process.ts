import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

const execute = promisify(execFile);

/** What a whole process cost. */
export interface Cost {
  readonly cpuS: number;
  readonly wallS: number;
}

/** Runs a command to its end on one core; user + system time as the shell accounts it. */
export async function timed(command: readonly string[], core = 0): Promise<Cost> {
  const {stderr} = await execute(
    'bash',
    ['-c', 'TIMEFORMAT="cost %U %S %R"; time taskset -c "$0" "$@" >/dev/null', String(core), ...command],
    {
      maxBuffer: 1 << 26,
    },
  );
  const [, user, system, wall] = /cost ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  if (wall === undefined) throw new Error(`no times from ${command.join(' ')}: ${stderr.slice(-500)}`);
  return {cpuS: Number(user) + Number(system), wallS: Number(wall)};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A mosquitto on a free loopback port, on the second core. */
export async function startBroker(): Promise<{readonly port: number; stop(): void}> {
  const port = await freePort();
  const config = join(mkdtempSync(join(tmpdir(), 'dunlin-bench-')), 'mosquitto.conf');
  writeFileSync(config, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
  const broker: ChildProcess = spawn('taskset', ['-c', '1', 'mosquitto', '-c', config], {
    stdio: 'ignore',
    env: {...process.env, PATH: `${process.env.PATH}:/usr/sbin`},
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = connect(port, '127.0.0.1');
    const up = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (up) return {port, stop: () => void broker.kill()};
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error('mosquitto did not start');
}

/** A temporary dunlin.yaml. @returns its path */
export function writeConfig(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'dunlin-bench-')), 'dunlin.yaml');
  writeFileSync(path, text);
  return path;
}
