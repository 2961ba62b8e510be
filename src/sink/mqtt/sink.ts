import type {SinkError} from '../../error/errors.ts';
import type {Event} from '../../event/event.ts';
import type {Log} from '../../log/log.ts';
import type {PipelineState, ResultMessage, Sink} from '../contract.ts';
import {type EventOutbox, MemoryOutbox} from '../outbox.ts';
import {redactUrl} from './address.ts';
import {type BrokerOptions, type LinkState, MqttLink} from './client.ts';
import {encodeCount, encodeEvent, encodeResult, encodeState} from './encode.ts';
import type {BrokerCounters, Health, HealthReadings, NodeInfo} from './node-payloads.ts';
import type {Status} from './payloads.ts';
import {EventSender, RetainedTopics} from './queue.ts';
import {createTopics, type Topics} from './topics.ts';

export interface MqttSinkParts {
  readonly options: BrokerOptions;
  readonly node: string;
  readonly log: Log;
  /** Read anew at every connection. */
  info(): NodeInfo;
  /** What the daemon measures; the sink adds its own counters. */
  health(): Promise<HealthReadings>;
  /** Where events wait for the broker; in memory when absent. */
  readonly outbox?: EventOutbox;
}

/** How the sink stands with its broker. */
export interface BrokerConnection {
  readonly state: LinkState;
  /** Without user and password. */
  readonly url: string;
  /** Why it is not connected. */
  readonly error?: SinkError;
}

/** A sink that publishes to an MQTT broker under `<prefix>/<node>/`. */
export interface MqttSink extends Sink {
  readonly connection: BrokerConnection;
  readonly counters: BrokerCounters;
  /** Publishes `info` again, after models or pipelines have changed. */
  refreshInfo(): void;
}

/**
 * The MQTT sink. `start()` rejects only for what waiting cannot mend (a URL that is none, a secret that cannot be read);
 * a broker that is away is tried again for ever, and the frame loop never waits for it: results and snapshots are
 * dropped and counted, states are kept (the newest per topic), events wait in the outbox.
 */
export function createMqttSink(parts: MqttSinkParts): MqttSink {
  return new BrokerSink(parts);
}

class BrokerSink implements MqttSink {
  readonly #parts: MqttSinkParts;
  readonly #topics: Topics;
  readonly #log: Log;
  readonly #link: MqttLink;
  readonly #outbox: EventOutbox;
  readonly #events: EventSender;
  readonly #retained: RetainedTopics;
  readonly #nextResultAt = new Map<string, number>();
  readonly #counts = {resultsSent: 0, resultsDropped: 0, snapshotsSent: 0, snapshotsDropped: 0, tooLarge: 0};
  #healthTimer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  #checkWaiters: () => void = () => undefined;

  constructor(parts: MqttSinkParts) {
    const {options, node} = parts;
    this.#parts = parts;
    this.#log = parts.log.child({area: 'sink/mqtt'});
    this.#topics = createTopics(options.prefix, node);
    this.#link = new MqttLink({
      options,
      clientId: options.clientId ?? `${options.prefix}-${node}`,
      will: {topic: this.#topics.status, payload: 'offline' satisfies Status},
      log: this.#log,
      onUp: () => this.#onUp(),
      onChange: () => this.#onChange(),
    });
    this.#retained = new RetainedTopics(this.#link);
    this.#outbox = parts.outbox ?? new MemoryOutbox(options.outboxEvents);
    this.#events = new EventSender({
      outbox: this.#outbox,
      outlet: this.#link,
      encode: ({event}) => ({topic: this.#topics.pipeline(event.pipeline).event, payload: encodeEvent(event)}),
      onRefusal: error => this.#link.drop(error),
    });
    this.#retained.set(this.#topics.status, 'online' satisfies Status);
  }

  get connection(): BrokerConnection {
    const {state, error} = this.#link;
    return {state, url: redactUrl(this.#parts.options.url), ...(error && {error})};
  }

  get counters(): BrokerCounters {
    const {tooLarge, ...counts} = this.#counts;
    const {state, error, protocol, connects, bufferedBytes} = this.#link;
    return {
      url: redactUrl(this.#parts.options.url),
      protocol,
      connected: state === 'connected',
      ...(error && {error: error.message}),
      connects,
      bufferedBytes,
      ...counts,
      eventsSent: this.#events.sent,
      refused: this.#events.refused + this.#retained.refused + tooLarge,
    };
  }

  async start(): Promise<void> {
    await this.#link.start();
    this.#healthTimer = setInterval(() => void this.#publishHealth(), this.#parts.options.healthIntervalS * 1000);
  }

  publishResult(message: ResultMessage): void {
    this.#offerResult(message.pipeline, () => encodeResult(message));
  }

  publishResultText(pipeline: string, text: string): void {
    this.#offerResult(pipeline, () => text);
  }

  #offerResult(pipeline: string, encode: () => string): void {
    if (!this.#isDue(pipeline)) return;
    if (this.#isCongested()) {
      this.#counts.resultsDropped++;
      return;
    }
    this.#counts.resultsSent++;
    this.#link.send(this.#topics.pipeline(pipeline).result, encode());
  }

  publishEvent(event: Event): void {
    if (this.#stopped === undefined) this.#outbox.append(event);
  }

  publishState(state: PipelineState): void {
    this.#retained.set(this.#topics.pipeline(state.pipeline).state, encodeState(state));
  }

  publishCount(pipeline: string, label: string, count: number): void {
    this.#retained.set(this.#topics.pipeline(pipeline).count(label), encodeCount(count));
  }

  publishSnapshot(pipeline: string, jpeg: Uint8Array): void {
    if (this.#isCongested()) {
      this.#counts.snapshotsDropped++;
    } else if (jpeg.byteLength > this.#link.maxPayloadBytes) {
      this.#counts.tooLarge++;
    } else {
      this.#counts.snapshotsSent++;
      const payload = Buffer.from(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
      this.#link.send(this.#topics.pipeline(pipeline).snapshot, payload, this.#parts.options.retainSnapshot);
    }
  }

  refreshInfo(): void {
    this.#retained.set(this.#topics.info, JSON.stringify(this.#parts.info()));
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(performance.now() + deadlineMs);
    return this.#stopped;
  }

  #onUp(): void {
    this.#retained.resendAll();
    try {
      this.refreshInfo();
    } catch (error) {
      this.#log.error({error}, 'info cannot be published');
    }
    this.#events.restart();
    void this.#publishHealth();
  }

  #onChange(): void {
    this.#retained.pump();
    this.#events.pump();
    this.#checkWaiters();
  }

  /** True when a message with QoS 0 has to be dropped. */
  #isCongested(): boolean {
    return !this.#link.isOpen || this.#link.bufferedBytes > this.#parts.options.maxBufferedBytes;
  }

  #isDue(pipeline: string): boolean {
    const {resultsPerSecond} = this.#parts.options;
    if (resultsPerSecond === undefined) return true;
    const now = performance.now();
    const due = this.#nextResultAt.get(pipeline) ?? now;
    if (now < due) return false;
    const periodMs = 1000 / resultsPerSecond;
    this.#nextResultAt.set(pipeline, Math.max(due + periodMs, now));
    return true;
  }

  async #publishHealth(): Promise<void> {
    if (this.#isCongested()) return;
    try {
      const readings = await this.#parts.health();
      if (!this.#isCongested()) this.#link.send(this.#topics.health, JSON.stringify(this.#health(readings)), true);
    } catch (error) {
      this.#log.warn({error}, 'health cannot be read');
    }
  }

  #health(readings: HealthReadings): Health {
    const {depth, capacity, lost} = this.#outbox;
    return {
      v: 1,
      node: this.#parts.node,
      at: new Date().toISOString(),
      uptimeS: Math.round(process.uptime()),
      ...readings,
      outbox: {depth, capacity, lostUpdates: lost.updates, lostOthers: lost.others},
      broker: this.counters,
    };
  }

  async #stop(deadline: number): Promise<void> {
    clearInterval(this.#healthTimer);
    const {state} = this.#link;
    if (state === 'waiting' && this.#outbox.depth > 0) this.#link.retryNow();
    await this.#until(deadline, () => this.#isDone());
    if (this.#link.isOpen) {
      this.#retained.set(this.#topics.status, 'offline' satisfies Status);
      await this.#until(deadline, () => this.#isDone());
    }
    await this.#link.stop(deadline - performance.now());
  }

  /** Everything is with the broker, or nothing more can be sent now. */
  #isDone(): boolean {
    const {state, inflight} = this.#link;
    if (state === 'waiting' || state === 'stopped') return true;
    const queued = this.#outbox.depth + this.#retained.unsent + inflight;
    return state === 'connected' ? queued === 0 : this.#outbox.depth === 0;
  }

  #until(deadline: number, isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise(resolve => {
      const finish = () => {
        clearTimeout(timer);
        this.#checkWaiters = () => undefined;
        resolve();
      };
      const timer = setTimeout(finish, Math.max(1, deadline - performance.now()));
      this.#checkWaiters = () => {
        if (isDone()) finish();
      };
    });
  }
}
