import {MessageChannel, type MessagePort, Worker} from 'node:worker_threads';
import {Refusal} from '../../http/refusal.ts';
import type {ServedFacts, ServedModel, WireMessage} from '../../http/served-model.ts';
import type {Log} from '../../log/log.ts';
import {describeFailure} from '../failure.ts';
import type {WorkerFailure} from '../protocol.ts';
import type {ServedCommand, ServedMessage, ServedSpec, ServedStart} from './protocol.ts';
import {RequestQueue} from './queue.ts';

const defaultEntry = new URL('./worker.js', import.meta.url);
const backoffMs = {first: 500, most: 60_000};
/** A worker that served this long before it failed starts again with the first backoff. */
const settledMs = 60_000;
const stopMs = 3000;

export interface ServedModelOptions {
  readonly spec: ServedSpec;
  readonly log: Log;
  /** Requests that may wait. */
  readonly maxQueue: number;
  /** Lets the worker at the other end of the port use the processes that own devices. */
  readonly serveHosts: (port: MessagePort) => void;
  /** Program of the worker thread; another one only in tests of its faults. */
  readonly entry?: URL;
}

/** Keeps one served model's worker thread alive, and hands it one request at a time. */
export class ServedModelSupervisor implements ServedModel {
  readonly name: string;
  reason = 'it is being opened';
  private opened: ServedFacts | undefined;
  private stranded = false;
  private readonly options: ServedModelOptions;
  private readonly queue: RequestQueue;
  private worker: Worker | undefined;
  private failure: WorkerFailure | undefined;
  private stopping = false;
  private wake: (() => void) | undefined;
  private finished: Promise<void> | undefined;

  constructor(options: ServedModelOptions) {
    this.options = options;
    this.name = options.spec.name;
    this.queue = new RequestQueue({
      name: this.name,
      most: options.maxQueue,
      send: (id, request) => this.command({kind: 'infer', id, request}, [request.body]),
      now: () => performance.now(),
    });
  }

  get facts(): ServedFacts | undefined {
    return this.stranded ? undefined : this.opened;
  }

  /** Opens the model, and opens it again after faults, until stop(). */
  start(): void {
    this.finished ??= this.keepRunning();
  }

  infer(request: WireMessage, signal: AbortSignal): Promise<WireMessage> {
    if (this.facts === undefined) return Promise.reject(this.unready());
    return this.queue.submit(request, signal);
  }

  /** Refuses what waits and ends the thread, by force when a run takes too long. Safe to call twice. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.reason = 'the daemon is stopping';
    this.opened = undefined;
    this.queue.refuse(this.unready());
    this.wake?.();
    this.command({kind: 'stop'});
    const timer = setTimeout(() => void this.worker?.terminate(), stopMs);
    await this.finished;
    clearTimeout(timer);
  }

  private async keepRunning(): Promise<void> {
    let delayMs = backoffMs.first;
    while (!this.stopping) {
      const startedAt = performance.now();
      await this.runOnce();
      if (this.stopping) return;
      if (this.failure?.retryable === false) return;
      if (performance.now() - startedAt > settledMs) delayMs = backoffMs.first;
      await this.sleep(delayMs);
      delayMs = Math.min(delayMs * 2, backoffMs.most);
    }
  }

  /** One life of the worker thread. */
  private runOnce(): Promise<void> {
    const {spec, serveHosts, entry = defaultEntry} = this.options;
    return new Promise(resolve => {
      const {port1, port2} = new MessageChannel();
      serveHosts(port1);
      const workerData: ServedStart = {spec, hosts: port2};
      this.failure = undefined;
      this.reason = 'it is being opened';
      const worker = new Worker(entry, {workerData, transferList: [port2], name: `model ${this.name}`});
      this.worker = worker;
      worker.on('message', (message: ServedMessage) => this.onMessage(message));
      worker.on('error', error => this.onFailure(describeFailure(error)));
      worker.on('exit', status => {
        this.worker = undefined;
        this.opened = undefined;
        if (!this.stopping) this.onEnd(status);
        resolve();
      });
    });
  }

  private onMessage(message: ServedMessage): void {
    const {log} = this.options;
    switch (message.kind) {
      case 'ready':
        if (this.stopping) return;
        this.opened = message.facts;
        this.stranded = false;
        log.info({served: this.name}, 'model ready to be served');
        return;
      case 'stranded':
        this.onStranded(message.reason);
        return;
      case 'answer':
        this.queue.settle(message.id, {answer: message.answer});
        return;
      case 'refused':
        this.queue.settle(message.id, {refusal: new Refusal(message.status, message.message)});
        return;
      case 'failed':
        this.onFailure(message.failure);
        return;
      case 'log':
        log[message.level](message.fields, message.message);
    }
  }

  /** The run under way goes on until a delegate works again; nobody has to wait for that. */
  private onStranded(reason: string | undefined): void {
    const {log} = this.options;
    this.stranded = reason !== undefined;
    if (reason === undefined) {
      log.info({served: this.name}, 'model can be run again');
      return;
    }
    log.warn({served: this.name, reason}, 'model cannot be run');
    this.reason = 'no delegate works at present, all are tried again';
    this.queue.refuse(this.unready());
  }

  private onFailure(failure: WorkerFailure): void {
    this.failure ??= failure;
    const {code, message, hint, retryable} = failure;
    this.opened = undefined;
    this.reason = retryable
      ? 'it stopped working and is being opened again'
      : `it cannot be opened (${code}); the daemon's log says why`;
    this.options.log.error({served: this.name, code, hint}, message);
  }

  private onEnd(status: number): void {
    if (this.failure === undefined) {
      this.reason = 'its worker ended, and it is being opened again';
      this.options.log.error({served: this.name, status}, 'the worker of a model ended');
    }
    this.queue.refuse(this.unready());
  }

  private unready(): Refusal {
    return new Refusal(503, `model "${this.name}" is not ready: ${this.reason}`, {retryAfterS: 1});
  }

  private command(command: ServedCommand, transfer: ArrayBuffer[] = []): void {
    this.worker?.postMessage(command, transfer);
  }

  private sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
