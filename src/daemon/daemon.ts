import {availableParallelism} from 'node:os';
import type {MessagePort} from 'node:worker_threads';
import {toDelegateSettings} from '../config/delegates.ts';
import type {Config} from '../config/schema.ts';
import type {HostSupervisor} from '../engine/hosts.ts';
import {exitStatusByCode} from '../error/codes.ts';
import type {Log} from '../log/log.ts';
import {dunlinVersion} from '../native/package-root.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {collectHealth} from '../profile/health.ts';
import {type EmbeddedBroker, startEmbeddedBroker} from '../sink/broker.ts';
import type {Sink} from '../sink/contract.ts';
import {createFanOutSink, type NamedSink} from '../sink/fan-out.ts';
import type {HealthReadings, NodeInfo} from '../sink/mqtt/node-payloads.ts';
import {createMqttSink, type MqttSink} from '../sink/mqtt/sink.ts';
import {openDelegateTable} from './delegates.ts';
import {closeSocket, startHosts} from './hosts.ts';
import {serveHosts} from './hosts-port.ts';
import {type BoardProfile, describeDelegates} from './profile.ts';
import {Serving} from './serve/serving.ts';
import {toSpecs} from './specs.ts';
import {PipelineSupervisor} from './supervisor.ts';

export interface DaemonOptions {
  readonly config: Config;
  readonly profile: BoardProfile;
  readonly log: Log;
  /** Sinks beside MQTT: the console, JSON lines. */
  readonly sinks: readonly NamedSink[];
}

const sinkStopMs = 3000;
const hostsStopMs = 2000;

/** The composition root: broker, sinks and one supervised worker per pipeline. */
export class Daemon {
  private readonly options: DaemonOptions;
  private readonly startedAt = new Date();
  private broker: EmbeddedBroker | undefined;
  private mqtt: MqttSink | undefined;
  private sink: Sink | undefined;
  private hosts: HostSupervisor | undefined;
  private pipelines: readonly PipelineSupervisor[] = [];
  private serving: Serving | undefined;
  private delegates: NodeInfo['delegates'] = [];
  private stopped: Promise<void> | undefined;

  constructor(options: DaemonOptions) {
    this.options = options;
  }

  /** The broker's address without secrets. */
  get brokerUrl(): string {
    return this.mqtt?.connection.url ?? '';
  }

  /** The HTTP server with its models, where one is configured. */
  get served(): Pick<Serving, 'url' | 'modelNames'> | undefined {
    return this.serving;
  }

  /** Every delegate with its devices, once started. */
  get devices(): NodeInfo['delegates'] {
    return this.delegates;
  }

  /**
   * Starts everything; pipelines come up in their own time.
   *
   * @throws {SinkError} the broker's address or credentials cannot be used at all
   * @throws {ConfigError} the HTTP server cannot listen as configured
   */
  async start(): Promise<void> {
    const {config, log, sinks} = this.options;
    useLibraries(config);
    const hosts = startHosts(log, config.failover);
    this.hosts = hosts;
    this.delegates = await describeDelegates(openDelegateTable({settings: toDelegateSettings(config), hosts, log}));
    const {embedded, port} = config.broker;
    if (embedded === true || (embedded === 'auto' && config.mqtt.url === undefined)) {
      this.broker = await startEmbeddedBroker({host: '127.0.0.1', port, log});
    }
    const url = config.mqtt.url ?? this.broker?.url;
    if (url !== undefined) {
      this.mqtt = createMqttSink({
        options: {...config.mqtt, url},
        node: config.node.name,
        log,
        info: () => this.info(),
        health: () => this.health(),
      });
    }
    const named = [...sinks, ...(this.mqtt === undefined ? [] : [{name: 'mqtt', sink: this.mqtt}])];
    const sink = createFanOutSink(named, log);
    this.sink = sink;
    await sink.start();
    const onReady = () => this.mqtt?.refreshInfo();
    const specs = toSpecs(config, this.options.profile);
    const reachHosts = (port: MessagePort) => serveHosts(port, hosts, closeSocket);
    this.pipelines = specs.map(spec => new PipelineSupervisor(spec, {sink, log, onReady, serveHosts: reachHosts}));
    const {profile} = this.options;
    if (config.http.enabled) this.serving = await Serving.start({config, profile, log, serveHosts: reachHosts});
  }

  /** Runs the pipelines until all have ended, and for ever while models are served. @returns the exit status: that of the first pipeline that failed for good, else 0 */
  async run(): Promise<number> {
    const outcomes = await Promise.all(this.pipelines.map(pipeline => pipeline.start()));
    await this.serving?.ended;
    const failed = this.pipelines.find((_, index) => outcomes[index] === 'failed');
    if (failed === undefined) return 0;
    const code = failed.failure?.code ?? '';
    return code in exitStatusByCode ? exitStatusByCode[code as keyof typeof exitStatusByCode] : 70;
  }

  /** Stops the HTTP server, then pipelines, then sinks, then the broker; every step runs, and failures are logged. Safe to call twice. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  private async stopAll(): Promise<void> {
    const {log} = this.options;
    const steps: readonly [string, () => Promise<unknown>][] = [
      ['HTTP server', async () => await this.serving?.stop()],
      ['pipelines', () => this.stopPipelines()],
      ['device processes', async () => await this.hosts?.close()],
      ['sinks', async () => await this.sink?.stop(sinkStopMs)],
      ['broker', async () => await this.broker?.close()],
    ];
    for (const [name, step] of steps) {
      try {
        await step();
      } catch (error) {
        log.error({reason: String(error)}, `stopping the ${name} failed`);
      }
    }
  }

  /** A device that hangs while it is opened would hold its pipeline up: its process is ended then. */
  private async stopPipelines(): Promise<void> {
    const impatience = setTimeout(() => void this.hosts?.close(), hostsStopMs);
    await Promise.all(this.pipelines.map(pipeline => pipeline.stop()));
    clearTimeout(impatience);
  }

  private info(): NodeInfo {
    const {config, profile} = this.options;
    const facts = this.pipelines.flatMap(pipeline => (pipeline.facts === undefined ? [] : [pipeline.facts]));
    const models = new Map(facts.map(({model}) => [model.sha256, model]));
    return {
      v: 1,
      node: config.node.name,
      version: dunlinVersion(),
      startedAt: this.startedAt.toISOString(),
      profile: {id: profile.id, name: profile.name},
      delegates: this.delegates,
      models: [...models.values()],
      pipelines: this.pipelines.map(({name, facts, state}) => ({
        name,
        source: facts?.source ?? state?.source ?? '',
        model: facts?.model.name ?? state?.model ?? '',
      })),
    };
  }

  private async health(): Promise<HealthReadings> {
    const readings = await collectHealth('/', {dataFolder: cacheDir()});
    return {
      ...readings,
      cpu: readings.cpu ?? {load1: 0, cores: availableParallelism()},
      devices: this.deviceCounters(),
      processes: this.hosts?.counters ?? [],
    };
  }

  /** Every device that pipelines use, their counts added up. */
  private deviceCounters(): HealthReadings['devices'] {
    const byDevice = new Map<string, HealthReadings['devices'][number]>();
    for (const entry of this.pipelines.flatMap(({usage}) => usage)) {
      const key = `${entry.delegate} ${entry.device}`;
      const sum = byDevice.get(key) ?? {...entry, sessions: 0, runs: 0, failures: 0};
      byDevice.set(key, {
        ...sum,
        sessions: sum.sessions + entry.sessions,
        runs: sum.runs + entry.runs,
        failures: sum.failures + entry.failures,
      });
    }
    return [...byDevice.values()];
  }
}

/** Configured library paths reach worker threads and trial children through the environment. */
function useLibraries({runtime}: Config): void {
  if (runtime.tfliteLibrary !== undefined) process.env.DUNLIN_TFLITE_LIBRARY = runtime.tfliteLibrary;
  if (runtime.turbojpegLibrary !== undefined) process.env.DUNLIN_TURBOJPEG_LIBRARY = runtime.turbojpegLibrary;
}
