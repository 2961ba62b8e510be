import http, {type ClientRequest, type IncomingMessage} from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import {headerLengthName} from '../../src/kserve/body.ts';
import {type Deadline, leftMs} from './deadline.ts';
import {faultOf} from './faults.ts';
import {type Answer, type Fault, fault, type Outcome} from './outcome.ts';
import {ReceiveMemory} from './receive.ts';
import type {TlsSettings} from './tls.ts';

export interface HttpTarget {
  readonly url: URL;
  /** Leads keys in remedies: `delegates.server`. */
  readonly key: string;
  readonly connectTimeoutMs: number;
  /** Read again when a connection failed, as certificates may have been replaced. */
  readonly tls: () => Promise<TlsSettings>;
}

export interface HttpCall {
  readonly method: 'GET' | 'POST';
  /** After the URL's prefix: `/v2/health/ready`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: {readonly parts: readonly Uint8Array[]; readonly byteLength: number};
  /** Connecting, sending and receiving must be over by then. */
  readonly deadline: Deadline;
  readonly memory: ReceiveMemory;
}

const mostRefusalBytes = 64 * 1024;

/** One server over kept connections. Node's own http rather than fetch: no copies, no Nagle, deadlines for every step. */
export class HttpClient {
  readonly #target: HttpTarget;
  readonly #secure: boolean;
  #agent: Promise<http.Agent> | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
    this.#secure = target.url.protocol === 'https:';
  }

  get host(): string {
    return this.#target.url.hostname.replace(/^\[(.*)\]$/, '$1');
  }

  get port(): number {
    return Number(this.#target.url.port || (this.#secure ? 443 : 80));
  }

  /** The path as the server gets it. */
  fullPath(path: string): string {
    return this.#target.url.pathname.replace(/\/+$/, '') + path;
  }

  /** @throws {DelegateUnavailableError} a certificate's file cannot be read */
  async call(call: HttpCall): Promise<Outcome> {
    this.#agent ??= this.#createAgent().catch((error: unknown) => {
      this.#agent = undefined;
      throw error;
    });
    const agent = await this.#agent;
    const outcome = await this.#exchange(agent, call);
    if (outcome.kind === 'fault' && outcome.stale !== true) this.#dropAgent(agent);
    return outcome;
  }

  /** New connections from here on; those of other sessions are left to finish. */
  #dropAgent(agent: http.Agent): void {
    agent.keepSocketAlive = () => false;
    for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    this.#agent = undefined;
  }

  async #createAgent(): Promise<http.Agent> {
    const options = {keepAlive: true, maxFreeSockets: 4, scheduling: 'lifo'} as const;
    return this.#secure ? new https.Agent({...options, ...(await this.#target.tls())}) : new http.Agent(options);
  }

  #exchange(agent: http.Agent, call: HttpCall): Promise<Outcome> {
    const {url, connectTimeoutMs} = this.#target;
    const place = {host: this.host, port: this.port, key: this.#target.key};
    const {promise, resolve} = withResolvers<Outcome>();
    const request = (this.#secure ? https : http).request({
      agent,
      method: call.method,
      host: this.host,
      port: this.port,
      path: this.fullPath(call.path),
      headers: {...call.headers, host: url.host, 'content-length': call.body?.byteLength ?? 0},
    });
    const timers: NodeJS.Timeout[] = [];
    const end = (outcome: Outcome) => {
      for (const timer of timers) clearTimeout(timer);
      if (outcome.kind === 'fault') request.destroy();
      resolve(outcome);
    };
    const after = (ms: number, late: () => Fault) => {
      const timer = setTimeout(() => end(late()), ms);
      timers.push(timer);
      return timer;
    };
    after(leftMs(call.deadline), () =>
      timedOut(`${place.host}:${place.port} did not answer within ${Math.round(call.deadline.ms)} ms`),
    );
    request.on('socket', socket => {
      if (!isConnecting(socket)) return;
      const timer = after(connectTimeoutMs, () =>
        timedOut(`no connection to ${place.host}:${place.port} within ${connectTimeoutMs} ms`),
      );
      socket.once(this.#secure ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    });
    let begun = false;
    request.on('error', error => {
      const stale = request.reusedSocket && !begun ? {stale: true} : {};
      end({...faultOf(error, place), ...stale});
    });
    request.on('response', response => {
      begun = true;
      receive(response, call.memory, outcome => end(outcome ?? faultOf(undefined, place)));
    });
    send(request, call);
    return promise;
  }
}

function timedOut(reason: string): Fault {
  return fault(reason, 'Check the load of the server and the network, or allow more time with timeoutMs.');
}

function isConnecting(socket: Socket): boolean {
  return (
    socket.connecting || ('encrypted' in socket && (socket as {secureConnecting?: boolean}).secureConnecting === true)
  );
}

/** Head and body leave in as few packets as they fit in. */
function send(request: ClientRequest, {body}: HttpCall): void {
  request.cork();
  for (const part of body?.parts ?? []) if (part.byteLength > 0) request.write(part);
  request.end();
}

/** @param end with undefined when the connection was cut */
function receive(response: IncomingMessage, memory: ReceiveMemory, end: (outcome?: Outcome) => void): void {
  if ((response.statusCode ?? 0) >= 300) {
    receiveRefusal(response, end);
    return;
  }
  const announced = Number(response.headers['content-length'] ?? 0);
  const tooLong = () =>
    end(fault(`answered with more than ${memory.most} bytes`, 'Check that the server runs the same model.'));
  if (announced > memory.most) {
    tooLong();
    return;
  }
  memory.start(announced);
  response.on('data', (chunk: Buffer) => {
    if (!memory.add(chunk)) tooLong();
  });
  response.on('end', () => (response.complete ? end(toAnswer(response, memory.bytes)) : end()));
  response.on('error', () => end());
  response.on('close', () => end());
}

/** What is no success is read as far as a message goes: some servers send the whole request back. */
function receiveRefusal(response: IncomingMessage, end: (outcome?: Outcome) => void): void {
  const memory = new ReceiveMemory(mostRefusalBytes);
  response.on('data', (chunk: Buffer) => {
    memory.add(chunk.subarray(0, memory.most - memory.bytes.byteLength));
    if (memory.bytes.byteLength < memory.most) return;
    end(toAnswer(response, memory.bytes));
    response.destroy();
  });
  response.on('end', () => end(toAnswer(response, memory.bytes)));
  response.on('error', () => end());
  response.on('close', () => end());
}

function toAnswer({statusCode = 0, headers}: IncomingMessage, body: Uint8Array): Answer {
  const headerLength = headers[headerLengthName];
  const retryAfterMs = readRetryAfter(headers['retry-after']);
  return {
    kind: 'answer',
    status: statusCode,
    body,
    ...(typeof headerLength === 'string' ? {headerLength} : {}),
    ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
    ...(headers.location === undefined ? {} : {location: headers.location}),
  };
}

/** Seconds, or a date. */
function readRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(resolver => {
    resolve = resolver;
  });
  return {promise, resolve};
}
