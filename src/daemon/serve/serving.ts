import type {MessagePort} from 'node:worker_threads';
import {toDelegateSettings} from '../../config/delegates.ts';
import type {ServedModelOptions as ConfiguredModel} from '../../config/http.ts';
import type {Config} from '../../config/schema.ts';
import {type ClientLimits, HttpServer} from '../../http/server.ts';
import type {Log} from '../../log/log.ts';
import {dunlinVersion} from '../../native/package-root.ts';
import type {BoardProfile} from '../profile.ts';
import {delegateOrder, modelFiles} from '../specs.ts';
import type {ServedSpec} from './protocol.ts';
import {ServedModelSupervisor} from './supervisor.ts';

export interface ServingOptions {
  /** Lets the worker at the other end of the port use the processes that own devices. */
  readonly serveHosts: (port: MessagePort) => void;
  readonly config: Config;
  readonly profile: BoardProfile;
  readonly log: Log;
  /** How slow clients may be; the server's own limits unless given. */
  readonly clientLimits?: ClientLimits;
  /** Program of the models' threads; another one only in tests of their faults. */
  readonly entry?: URL;
}

/** The HTTP server and the models behind it, as the `http` section of the configuration says. */
export class Serving {
  private readonly server: HttpServer;
  private readonly models: readonly ServedModelSupervisor[];

  private end: () => void = () => undefined;
  /** Resolves when stop() is through. */
  readonly ended = new Promise<void>(resolve => {
    this.end = resolve;
  });

  private constructor(server: HttpServer, models: readonly ServedModelSupervisor[]) {
    this.server = server;
    this.models = models;
  }

  /**
   * Listens; models become ready in their own time.
   *
   * @throws {ConfigError} it cannot listen as configured, or a model name is none that Dunlin ships
   */
  static async start({config, profile, log, serveHosts, clientLimits, entry}: ServingOptions): Promise<Serving> {
    const {models: configured, ...options} = config.http;
    const models = Object.entries(configured).map(
      ([name, model]) =>
        new ServedModelSupervisor({
          spec: toSpec(name, model, {config, profile}),
          log,
          serveHosts,
          maxQueue: options.maxQueue,
          ...(entry === undefined ? {} : {entry}),
        }),
    );
    const server = await HttpServer.start({
      options,
      models,
      version: dunlinVersion(),
      log,
      ...(clientLimits === undefined ? {} : {clientLimits}),
    });
    for (const model of models) model.start();
    log.info({url: server.url, models: models.map(({name}) => name).join(', ')}, 'serving models over HTTP');
    return new Serving(server, models);
  }

  get url(): string {
    return this.server.url;
  }

  get modelNames(): readonly string[] {
    return this.models.map(({name}) => name);
  }

  /** What waits is refused; then the server ends. Safe to call twice. */
  async stop(): Promise<void> {
    await Promise.all(this.models.map(model => model.stop()));
    await this.server.stop();
    this.end();
  }
}

function toSpec(
  name: string,
  {model, threads, ...rest}: ConfiguredModel,
  {config, profile}: {readonly config: Config; readonly profile: BoardProfile},
): ServedSpec {
  return {
    name,
    profile,
    model: modelFiles(model, `http.models.${name}.model`),
    delegates: delegateOrder(rest),
    delegateSettings: toDelegateSettings(config),
    failover: config.failover,
    threads: threads ?? config.runtime.threads ?? profile.threads,
    xnnpack: true,
  };
}
