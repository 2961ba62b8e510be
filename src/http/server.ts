import type {AddressInfo, Socket} from 'node:net';
import fastify, {type FastifyInstance} from 'fastify';
import {ConfigError} from '../error/errors.ts';
import type {Log} from '../log/log.ts';
import {answerBrokenHttp, answerErrors, asRefusal, send} from './answers.ts';
import {BodyBudget} from './body.ts';
import {guard} from './guard.ts';
import type {HttpOptions} from './options.ts';
import {Refusal} from './refusal.ts';
import type {ServedModel} from './served-model.ts';
import {readToken} from './token.ts';
import type {V2Context} from './v2/context.ts';
import {inferRoutes} from './v2/infer-routes.ts';
import {modelRoutes} from './v2/model-routes.ts';
import {serverRoutes} from './v2/server-routes.ts';

/** How long clients may take, in milliseconds. */
export interface ClientLimits {
  /** For the header of a request. */
  readonly headersMs: number;
  /** For a whole request, body included. */
  readonly requestMs: number;
}

export interface HttpServerOptions {
  readonly options: HttpOptions;
  readonly models: readonly ServedModel[];
  /** Of Dunlin, as `GET /v2` tells it. */
  readonly version: string;
  readonly log: Log;
  readonly clientLimits?: ClientLimits;
}

const defaultClientLimits: ClientLimits = {headersMs: 10_000, requestMs: 60_000};
const maxHeaderBytes = 16 * 1024;
const maxConnections = 512;
/** Bodies held at a time, in units of the largest one. */
const bodiesHeld = 4;
/** Answers under way may take so long when the server stops. */
const stopMs = 2000;

/** The HTTP server: one file per group of routes, all behind the same guard and limits. */
export class HttpServer {
  private readonly server: FastifyInstance;
  private readonly options: HttpOptions;

  private constructor(server: FastifyInstance, options: HttpOptions) {
    this.server = server;
    this.options = options;
  }

  /**
   * Listens, as the options say.
   *
   * @throws {ConfigError} the token is missing or unusable, or the address cannot be listened on
   */
  static async start({options, models, version, log, clientLimits}: HttpServerOptions): Promise<HttpServer> {
    const token = await readToken(options);
    const server = createServer(options, clientLimits ?? defaultClientLimits);
    answerErrors(server, log);
    guard(server, token);
    const context: V2Context = {
      version,
      models: new Map(models.map(model => [model.name, model])),
      maxBodyBytes: options.maxBodyBytes,
      timeoutMs: options.timeoutMs,
      budget: new BodyBudget(options.maxBodyBytes * bodiesHeld),
    };
    for (const routes of [serverRoutes, modelRoutes, inferRoutes]) routes(server, context);
    await listen(server, options);
    return new HttpServer(server, options);
  }

  /** `http://127.0.0.1:8087`, with the port that was taken. */
  get url(): string {
    const {host} = this.options;
    const {port} = this.server.server.address() as AddressInfo;
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** Takes no more requests, and waits a little for answers under way. Safe to call twice. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.server.server.closeAllConnections(), stopMs);
    await this.server.close();
    clearTimeout(timer);
  }
}

function createServer({timeoutMs}: HttpOptions, {headersMs, requestMs}: ClientLimits): FastifyInstance {
  const server = fastify({
    logger: false,
    requestTimeout: requestMs,
    // Ends connections on which nothing moves: clients that never read their answer.
    connectionTimeout: timeoutMs + requestMs,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersMs,
      connectionsCheckingInterval: Math.min(1000, headersMs),
    },
    frameworkErrors: (error, _request, reply) => {
      void send(reply as never, asRefusal(error) ?? new Refusal(400, 'this is no valid request'));
    },
    clientErrorHandler: (error, socket) => answerBrokenHttp(error, socket as Socket),
  });
  server.server.maxConnections = maxConnections;
  // Routes with a body read it themselves, once they know that they want it.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, _payload, done) => done(null));
  return server;
}

async function listen(server: FastifyInstance, {host, port}: HttpOptions): Promise<void> {
  try {
    await server.listen({host, port});
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    const hint = 'Stop the program that listens there (ss -ltnp), or correct http.host and http.port.';
    throw new ConfigError(`http: cannot listen on ${host}, port ${port}: ${code}`, hint, {cause});
  }
}
