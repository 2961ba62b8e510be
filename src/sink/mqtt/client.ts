import type {MqttClient} from 'mqtt';
import {connect} from 'mqtt';
import type {SinkError} from '../../error/errors.ts';
import type {Log} from '../../log/log.ts';
import {connectionOptions, redactUrl} from './address.ts';
import {backoffMs} from './backoff.ts';
import type {MqttOptions} from './options.ts';
import {BrokerDisconnect, describeFailure, refusesVersion} from './refusal.ts';

export type BrokerOptions = MqttOptions & {readonly url: string};

/** What the link is doing: an attempt under way, connected, pausing before the next attempt, or not (or no longer) started. */
export type LinkState = 'connecting' | 'connected' | 'waiting' | 'stopped';

export interface Will {
  readonly topic: string;
  readonly payload: string;
}

export interface LinkParts {
  readonly options: BrokerOptions;
  readonly clientId: string;
  readonly will?: Will;
  readonly log: Log;
  /** A fresh connection without any state at the broker's side. */
  onUp(client: MqttClient): void;
  /** The state has changed, or the broker has acknowledged something: more may be sent. */
  onChange(): void;
}

/** How one connection, or the attempt to get one, ended. */
interface Ending {
  readonly error: unknown;
  /** Milliseconds between CONNACK and the end; undefined without a CONNACK. */
  readonly livedMs: number | undefined;
}

/** A connection this old counts as a success: the next failure starts from the shortest pause again. */
const stableMs = 5000;
/** The protocol's own bound of a packet, used where the broker names none. */
const maxPacketBytes = 268_435_455;

/**
 * A connection to a broker that is made anew, with backoff, whenever it is lost. Each connection is a client of its
 * own with a clean session, so nothing queues up inside MQTT.js: what must survive a connection belongs to the caller.
 */
export class MqttLink {
  readonly #parts: LinkParts;
  readonly #url: string;
  readonly #stopping = new AbortController();
  #client: MqttClient | undefined;
  #state: LinkState = 'stopped';
  #error: SinkError | undefined;
  #version: 4 | 5;
  #refused5 = false;
  #inflight = 0;
  #connects = 0;
  #wake: AbortController | undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#url = redactUrl(parts.options.url);
    this.#version = parts.options.protocol === '3.1.1' ? 4 : 5;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Why there is no connection now. */
  get error(): SinkError | undefined {
    return this.#error;
  }

  get protocol(): '5' | '3.1.1' {
    return this.#version === 5 ? '5' : '3.1.1';
  }

  /** Connections made so far. */
  get connects(): number {
    return this.#connects;
  }

  /** Bytes that wait in our side of the socket. */
  get bufferedBytes(): number {
    return this.#client?.stream.writableLength ?? 0;
  }

  /** True while messages may be sent. */
  get isOpen(): boolean {
    return this.#state === 'connected' && this.#client !== undefined && !this.#stopping.signal.aborted;
  }

  /** True while another message with QoS 1 may be sent. */
  get hasRoom(): boolean {
    const limit = this.#client?.serverProperties?.receiveMaximum ?? Number.POSITIVE_INFINITY;
    return this.isOpen && this.#inflight < Math.min(limit, this.#parts.options.maxInflight);
  }

  /** Messages with QoS 1 that wait for their acknowledgement. */
  get inflight(): number {
    return this.#inflight;
  }

  /** Largest payload, with some room for topic and header, that the broker takes. */
  get maxPayloadBytes(): number {
    return (this.#client?.serverProperties?.maximumPacketSize ?? maxPacketBytes) - 1024;
  }

  /** @throws {SinkError} a secret cannot be read. @throws {ConfigError} not a broker's URL */
  async start(): Promise<void> {
    await connectionOptions(this.#parts.options);
    this.#loop ??= this.#run();
  }

  /** Sends with QoS 0. Call only while {@link isOpen}. */
  send(topic: string, payload: string | Buffer, retain = false): void {
    this.#client?.publish(topic, payload, {qos: 0, retain});
  }

  /**
   * Sends with QoS 1. Call only while {@link hasRoom}. `done` hears of the PUBACK, with an error where the broker
   * refused the message; it is not called when the connection is lost before.
   */
  sendAcknowledged(topic: string, payload: string, retain: boolean, done: (error?: Error) => void): void {
    const client = this.#client;
    if (client === undefined) return;
    this.#inflight++;
    client.publish(topic, payload, {qos: 1, retain}, error => {
      if (client !== this.#client || this.#state !== 'connected') return;
      this.#inflight--;
      done(error ?? undefined);
      this.#parts.onChange();
    });
  }

  /** Ends a pause before the next attempt now. */
  retryNow(): void {
    if (this.#state === 'waiting') this.#state = 'connecting';
    this.#wake?.abort();
  }

  /** Drops the connection as if it had been lost; the next one follows after a pause. */
  drop(error: Error): void {
    this.#client?.stream.destroy(Object.assign(error, {code: (error as {code?: unknown}).code ?? 'DROPPED'}));
  }

  /** Disconnects in good order (no last will) where `deadlineMs` allows, else at once. Safe to call twice. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    this.#wake?.abort();
    const client = this.#client;
    if (client !== undefined) {
      const timer = setTimeout(() => client.stream.destroy(), Math.max(1, deadlineMs));
      if (this.#state === 'connected') client.end(false, {}, () => undefined);
      else client.stream.destroy();
      await this.#loop;
      clearTimeout(timer);
    }
    await this.#loop;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      this.#state = 'connecting';
      const ending = await this.#attempt().catch((error: unknown): Ending => ({error, livedMs: undefined}));
      this.#inflight = 0;
      if (this.#stopping.signal.aborted) break;
      if (this.#fallBack(ending)) continue;
      failures = (ending.livedMs ?? 0) >= stableMs ? 1 : failures + 1;
      await this.#pause(failures, ending);
    }
    this.#state = 'stopped';
    this.#parts.onChange();
  }

  async #pause(failures: number, ending: Ending): Promise<void> {
    const {reconnectMinMs: minMs, reconnectMaxMs: maxMs} = this.#parts.options;
    const pauseMs = backoffMs(failures, {minMs, maxMs}, Math.random());
    this.#state = 'waiting';
    this.#report(describeFailure(this.#url, ending.error, ending.livedMs !== undefined), pauseMs);
    this.#parts.onChange();
    const wake = new AbortController();
    this.#wake = wake;
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, pauseMs);
      wake.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#wake = undefined;
  }

  /** The same failure over and over is said once aloud. */
  #report(error: SinkError, pauseMs: number): void {
    const fields = {broker: this.#url, hint: error.hint, nextAttemptMs: pauseMs};
    if (error.message === this.#error?.message) this.#parts.log.debug(fields, error.message);
    else this.#parts.log.warn(fields, error.message);
    this.#error = error;
  }

  /** Changes the version for the next attempt. True when the broker said so, and then there is no reason to wait. */
  #fallBack({error, livedMs}: Ending): boolean {
    if (this.#parts.options.protocol !== 'auto' || livedMs !== undefined || this.#refused5) return false;
    if (this.#version === 5 && refusesVersion(error)) {
      this.#version = 4;
      this.#refused5 = true;
      this.#parts.log.debug({broker: this.#url}, 'the broker does not speak MQTT 5: using 3.1.1');
      return true;
    }
    // Some brokers hang up on a version that they do not know instead of saying so.
    this.#version = this.#version === 5 && hungUp(error) ? 4 : 5;
    return false;
  }

  async #attempt(): Promise<Ending> {
    const {options, clientId, will, log} = this.#parts;
    const address = await connectionOptions(options);
    if (this.#stopping.signal.aborted) return {error: undefined, livedMs: undefined};
    const client = connect({
      ...address,
      clientId,
      protocolVersion: this.#version,
      clean: true,
      keepalive: options.keepaliveS,
      connectTimeout: options.connectTimeoutMs,
      reconnectPeriod: 0,
      queueQoSZero: false,
      resubscribe: false,
      writeCache: false,
      ...(will && {will: {topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true}}),
    });
    this.#client = client;
    const ending = await this.#untilClosed(client);
    log.debug({broker: this.#url, livedMs: ending.livedMs}, 'connection closed');
    return ending;
  }

  #untilClosed(client: MqttClient): Promise<Ending> {
    const stream = client.stream as typeof client.stream & {setNoDelay?: (on: boolean) => void};
    let error: unknown;
    let upAt: number | undefined;
    return new Promise(resolve => {
      // Else an acknowledgement waits up to 40 ms for the kernel to join small packets.
      stream.setNoDelay?.(true);
      stream.on('drain', () => this.#parts.onChange());
      client.on('connect', () => {
        upAt = performance.now();
        this.#up(client);
      });
      client.on('error', failure => {
        error ??= failure;
        stream.destroy();
      });
      client.on('disconnect', ({reasonCode}) => {
        error ??= new BrokerDisconnect(reasonCode ?? 0);
      });
      client.once('close', () => {
        // First, so that what the client now reports as failed is known to belong to a lost connection.
        this.#client = undefined;
        client.end(true);
        const closed = Object.assign(new Error('closed'), {code: 'CLOSED'});
        resolve({error: error ?? closed, livedMs: upAt === undefined ? undefined : performance.now() - upAt});
      });
    });
  }

  #up(client: MqttClient): void {
    this.#state = 'connected';
    this.#connects++;
    const wasDown = this.#error !== undefined;
    this.#error = undefined;
    this.#parts.log.info({broker: this.#url, protocol: this.protocol}, wasDown ? 'connected again' : 'connected');
    this.#parts.onUp(client);
  }
}

function hungUp(error: unknown): boolean {
  const code = (error as {code?: unknown} | undefined)?.code;
  return code === 'CLOSED' || code === 'ECONNRESET' || code === 'EPIPE';
}
