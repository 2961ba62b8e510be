import {MessageChannel, type MessagePort, Worker} from 'node:worker_threads';
import type {DeviceUsage} from '../engine/usage.ts';
import type {Log} from '../log/log.ts';
import type {PipelineState, Sink} from '../sink/contract.ts';
import {decodeResult} from '../sink/mqtt/encode.ts';
import {redactUrl} from '../source/redact.ts';
import type {HostMessage, PipelineFacts, PipelineSpec, WorkerFailure, WorkerMessage, WorkerStart} from './protocol.ts';

const entry = new URL('./pipeline-worker.js', import.meta.url);
const backoffMs = {first: 1000, most: 60_000};
/** A pipeline that ran this long before it failed starts again with the first backoff. */
const settledMs = 60_000;
const stopMs = 5000;
/** A frame leaves little garbage: the 48 MiB that V8 would take for it cost 26 MiB of RSS at 30 frames/s (2026-11). */
const resourceLimits = {maxYoungGenerationSizeMb: 3};

export type PipelineOutcome = 'done' | 'stopped' | 'failed';

export interface SupervisorParts {
  readonly sink: Sink;
  readonly log: Log;
  /** Called whenever the facts have changed. */
  readonly onReady: () => void;
  /** Lets the worker at the other end of the port use the processes that own devices. */
  readonly serveHosts: (port: MessagePort) => void;
}

/** Keeps one pipeline's worker thread alive: starts it again after a fault, with backoff, until told to stop. */
export class PipelineSupervisor {
  readonly name: string;
  state: PipelineState | undefined;
  failure: WorkerFailure | undefined;
  facts: PipelineFacts | undefined;
  /** What the pipeline did on each device since its worker was started. */
  usage: readonly DeviceUsage[] = [];
  private readonly spec: PipelineSpec;
  private readonly sink: Sink;
  private readonly log: Log;
  private readonly onReady: () => void;
  private readonly serveHosts: (port: MessagePort) => void;
  private worker: Worker | undefined;
  private stopping = false;
  private wake: (() => void) | undefined;
  private finished: Promise<PipelineOutcome> | undefined;

  constructor(spec: PipelineSpec, {sink, log, onReady, serveHosts}: SupervisorParts) {
    this.name = spec.name;
    this.serveHosts = serveHosts;
    this.spec = spec;
    this.sink = sink;
    this.log = log;
    this.onReady = onReady;
  }

  /** Resolves when the pipeline has ended for good. */
  start(): Promise<PipelineOutcome> {
    this.finished ??= this.keepRunning();
    return this.finished;
  }

  /** Lets the worker finish its frame and say its end events; ends the thread when that takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake?.();
    const {worker} = this;
    if (worker === undefined) return;
    worker.postMessage({kind: 'stop'} satisfies HostMessage);
    const timer = setTimeout(() => {
      this.log.warn({pipeline: this.name}, `the pipeline did not stop in ${stopMs / 1000} s; its thread is ended`);
      void worker.terminate();
    }, stopMs);
    await this.finished;
    clearTimeout(timer);
  }

  private async keepRunning(): Promise<PipelineOutcome> {
    let delayMs = backoffMs.first;
    while (!this.stopping) {
      const startedAt = performance.now();
      const outcome = await this.runOnce();
      if (outcome === 'done') return this.stopping ? 'stopped' : 'done';
      if (this.failure?.retryable === false) {
        this.publishFailed(`${this.failure.message}. ${this.failure.hint}`);
        return 'failed';
      }
      if (this.stopping) break;
      if (performance.now() - startedAt > settledMs) delayMs = backoffMs.first;
      this.publishFailed(`${this.failure?.message ?? 'the worker ended'}; starting again in ${delayMs / 1000} s`);
      await this.sleep(delayMs);
      delayMs = Math.min(delayMs * 2, backoffMs.most);
    }
    return 'stopped';
  }

  /** One life of the worker thread. */
  private runOnce(): Promise<'done' | 'failed'> {
    return new Promise(resolve => {
      const {port1, port2} = new MessageChannel();
      this.serveHosts(port1);
      const workerData: WorkerStart = {spec: this.spec, hosts: port2};
      const name = `pipeline ${this.name}`;
      const worker = new Worker(entry, {workerData, transferList: [port2], name, resourceLimits});
      this.worker = worker;
      this.failure = undefined;
      let outcome: 'done' | 'failed' = 'failed';
      worker.on('message', (message: WorkerMessage) => {
        if (typeof message === 'string') this.publishResult(message);
        else if (message.kind === 'done') outcome = 'done';
        else this.onMessage(message);
      });
      worker.on('error', error => {
        this.failure ??= {
          code: 'BUG',
          message: String(error.stack ?? error),
          hint: 'Report this as a bug.',
          retryable: true,
        };
        this.log.error({pipeline: this.name, reason: this.failure.message}, 'the pipeline worker failed');
      });
      worker.on('exit', () => {
        this.worker = undefined;
        this.usage = this.usage.map(entry => ({...entry, sessions: 0}));
        resolve(outcome);
      });
    });
  }

  private publishResult(text: string): void {
    const {sink, name} = this;
    if (sink.publishResultText === undefined) sink.publishResult(decodeResult(text));
    else sink.publishResultText(name, text);
  }

  private onMessage(message: Exclude<WorkerMessage, string | {kind: 'done'}>): void {
    const {sink, log, name} = this;
    switch (message.kind) {
      case 'ready':
        this.facts = message.facts;
        this.onReady();
        return;
      case 'frame':
        for (const event of message.events) sink.publishEvent(event);
        for (const [label, count] of message.counts) sink.publishCount(name, label, count);
        return;
      case 'state':
        this.state = message.state;
        sink.publishState(message.state);
        return;
      case 'usage':
        this.usage = message.usage;
        return;
      case 'snapshot':
        sink.publishSnapshot(name, message.jpeg);
        return;
      case 'log':
        log[message.level](message.fields, message.message);
        return;
      case 'failed':
        this.failure = message.failure;
        log.error({pipeline: name, code: message.failure.code, hint: message.failure.hint}, message.failure.message);
    }
  }

  private publishFailed(reason: string): void {
    const none = {captured: 0, dropped: 0, bad: 0, processed: 0, late: 0, restarts: 0};
    const last = this.state ?? {
      v: 1 as const,
      pipeline: this.name,
      source: redactUrl(this.spec.source.uri),
      model: this.spec.model.path,
      fps: 0,
      frames: none,
    };
    this.state = {...last, status: 'failed', reason, fps: 0};
    this.sink.publishState(this.state);
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
