import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {type AddressInfo, connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';

export interface MosquittoOptions {
  readonly tls?: boolean;
  /** The only account; without it everybody may connect. */
  readonly account?: {readonly username: string; readonly password: string};
  /** Lines added to the configuration. */
  readonly config?: readonly string[];
}

/** A real mosquitto on a free port of the loopback. */
export interface Mosquitto {
  readonly port: number;
  readonly url: string;
  /** Certificate authority of the TLS configuration. */
  readonly caFile: string;
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** SIGTERM: clients are told. */
  stop(): Promise<void>;
  /** SIGKILL: connections just end. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay, nobody answers. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its files. */
  dispose(): Promise<void>;
}

/** A port that nobody listened on a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a mosquitto; call `dispose()` in a teardown. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dunlin-mosquitto-'));
  const broker = new MosquittoProcess(folder, await freePort(), options);
  await broker.start();
  return broker;
}

class MosquittoProcess implements Mosquitto {
  readonly port: number;
  readonly url: string;
  readonly caFile: string;
  readonly #folder: string;
  #child: ChildProcess | undefined;

  constructor(folder: string, port: number, options: MosquittoOptions) {
    this.#folder = folder;
    this.port = port;
    this.url = `${options.tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`;
    this.caFile = path.join(folder, 'ca.crt');
    if (options.tls) makeCertificates(folder);
    writeFileSync(path.join(folder, 'mosquitto.conf'), configuration(folder, port, options));
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const child = spawn('mosquitto', ['-c', path.join(this.#folder, 'mosquitto.conf')], {stdio: 'ignore'});
    this.#child = child;
    await once(child, 'spawn');
    await untilListening(this.port, child);
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    this.thaw();
    await this.kill();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    const outcome = await Promise.race([
      once(socket, 'connect').then(() => 'up'),
      once(socket, 'error').catch(() => 'down'),
    ]).catch(() => 'down');
    socket.destroy();
    if (outcome === 'up') return;
  }
  throw new Error(`mosquitto ended with ${child.exitCode} before it listened on port ${port}`);
}

function configuration(folder: string, port: number, {tls, account, config = []}: MosquittoOptions): string {
  const lines = [`listener ${port} 127.0.0.1`, 'persistence false', `allow_anonymous ${account === undefined}`];
  if (process.getuid?.() === 0) lines.push('user root');
  if (tls) {
    lines.push(`cafile ${folder}/ca.crt`, `certfile ${folder}/server.crt`, `keyfile ${folder}/server.key`);
  }
  if (account) {
    const file = path.join(folder, 'passwords');
    execFileSync('mosquitto_passwd', ['-b', '-c', file, account.username, account.password], {stdio: 'ignore'});
    chmodSync(file, 0o644);
    lines.push(`password_file ${file}`);
  }
  return [...lines, ...config, ''].join('\n');
}

/** An authority and a server certificate for 127.0.0.1 that it has signed. */
function makeCertificates(folder: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  writeFileSync(path.join(folder, 'san'), 'subjectAltName=IP:127.0.0.1');
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Test CA');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1');
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'san', '-days', '2'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...signing);
}
