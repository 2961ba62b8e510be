import {once} from 'node:events';
import http, {type IncomingMessage, type ServerResponse} from 'node:http';
import https, {type ServerOptions} from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import {buffer} from 'node:stream/consumers';
import {type EncodedBody, headerLengthName, readHeaderLength} from '../../../src/kserve/body.ts';
import {encodeError} from '../../../src/kserve/errors.ts';
import {type ModelMetadata, tensorMetadata} from '../../../src/kserve/metadata.ts';
import {decodeRequest} from '../../../src/kserve/request.ts';
import {encodeResponse} from '../../../src/kserve/response.ts';
import type {Model} from '../../../src/model/model.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';

/** Takes a request over: answers it, or leaves it. False lets the server answer as usual. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ServerSettings {
  readonly model: Model;
  readonly compute: (inputs: readonly Tensor[]) => readonly Tensor[] | Promise<readonly Tensor[]>;
  /** The prefix before /v2. */
  readonly prefix?: string;
  readonly metadata?: Partial<ModelMetadata>;
  /** False answers 422 to binary tensors, and says that it has no extensions, as MLServer 1.7 does. */
  readonly binary?: boolean;
  readonly tls?: ServerOptions;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

/** A small server of the Open Inference Protocol that can be told to misbehave. */
export class ModelServer {
  readonly seen: SeenRequest[] = [];
  connections = 0;
  /** Asked for every request while it is set. */
  fault: Fault | undefined;
  readonly #settings: ServerSettings;
  readonly #sockets = new Set<Socket>();
  #server: http.Server | undefined;
  #port = 0;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  get url(): string {
    const {tls, prefix = ''} = this.#settings;
    return `${tls ? 'https' : 'http'}://127.0.0.1:${this.#port}${prefix}`;
  }

  get port(): number {
    return this.#port;
  }

  get infers(): readonly SeenRequest[] {
    return this.seen.filter(({path}) => path.endsWith('/infer'));
  }

  /** On the same port after a stop. */
  async start(): Promise<this> {
    const {tls} = this.#settings;
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
    server.on('connection', socket => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** As if its process were killed. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    // Not reset: Node 20 never exits after the reset of a connection that is being shut down.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  dropConnections(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const {method = '', url = '', headers} = request;
    this.seen.push({method, path: url, headers});
    try {
      if (this.fault?.(request, response)) return;
      const {model, prefix = '', binary = true} = this.#settings;
      const path = url.startsWith(prefix) ? url.slice(prefix.length) : '';
      const about = `/v2/models/${encodeURIComponent(model.name)}`;
      if (path === '/v2/health/ready') return void response.end();
      if (path === '/v2') {
        return json(response, {name: 'test-server', version: '1', extensions: binary ? ['binary_tensor_data'] : []});
      }
      if (path === `${about}/ready`) return json(response, {name: model.name, ready: true});
      if (path === about) return json(response, this.#metadata());
      if (path === `${about}/infer` && method === 'POST') return await this.#infer(request, response);
      json(response, {error: `no such path ${url}`}, 404);
    } catch (error) {
      json(response, {error: (error as Error).message}, 400);
    }
  }

  async #infer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await buffer(request);
    const length = request.headers[headerLengthName] as string | undefined;
    if (this.#settings.binary === false && length !== undefined) {
      json(response, {detail: [{msg: 'JSON decode error'}]}, 422);
      return;
    }
    const {inputs, binaryOutputs} = decodeRequest(bytes, readHeaderLength(length, bytes.length));
    const outputs = await this.#settings.compute(inputs);
    sendBody(
      response,
      encodeResponse({modelName: this.#settings.model.name}, outputs, () => binaryOutputs),
    );
  }

  #metadata(): ModelMetadata {
    const {model, metadata} = this.#settings;
    const {inputs, outputs} = model.header;
    const tensors = {inputs: inputs.map(tensorMetadata), outputs: outputs.map(tensorMetadata)};
    return {name: model.name, platform: 'test', ...tensors, ...metadata};
  }
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}

export function sendBody(response: ServerResponse, {parts, byteLength, headerLength}: EncodedBody): void {
  response.writeHead(200, {
    'content-length': byteLength,
    ...(headerLength === undefined ? {} : {[headerLengthName]: String(headerLength)}),
  });
  for (const part of parts) response.write(part);
  response.end();
}

/** Faults of infer requests; all others are answered as usual. */
export const whenInferring =
  (fault: (request: IncomingMessage, response: ServerResponse) => void): Fault =>
  (request, response) => {
    if (!request.url?.endsWith('/infer')) return false;
    request.resume();
    fault(request, response);
    return true;
  };

export const answerStatus = (status: number, headers: Record<string, string> = {}, error = 'told to fail') =>
  whenInferring((_request, response) => response.writeHead(status, headers).end(encodeError(error)));
