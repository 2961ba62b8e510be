import type {MessagePort} from 'node:worker_threads';
import type {DelegateSettings} from '../delegate/registry.ts';
import type {FailoverOptions} from '../engine/options.ts';
import type {DeviceUsage} from '../engine/usage.ts';
import type {Event} from '../event/event.ts';
import type {PipelineState} from '../sink/contract.ts';
import type {SourceOptionsInput} from '../source/options.ts';
import type {BoardProfile} from './profile.ts';

/** A model and where it may run; plain data, because it crosses a thread. */
export interface ModelSpec {
  readonly profile: BoardProfile;
  readonly model: {readonly path: string; readonly manifestPath?: string; readonly labelsPath?: string};
  /** Names, best first, optionally with a device; `auto` stands for the board's order. */
  readonly delegates: readonly string[];
  readonly delegateSettings: DelegateSettings;
  readonly failover: FailoverOptions;
  /** Weight among the pipelines that share a device; 1 when absent. */
  readonly share?: number;
  readonly maxAgeMs?: number;
  readonly runTimeoutMs?: number;
  readonly threads: number;
  readonly xnnpack: boolean;
}

/** Everything a pipeline worker needs. */
export interface PipelineSpec extends ModelSpec {
  readonly name: string;
  readonly source: {readonly uri: string; readonly options: SourceOptionsInput};
  readonly scoreThreshold?: number;
  readonly rules: object;
  readonly region?: {readonly x: number; readonly y: number; readonly width: number; readonly height: number};
  readonly maxFps?: number;
  /** Results closer together than this are not published; undefined publishes none. */
  readonly resultsEveryMs?: number;
  readonly snapshots?: {readonly everyS?: number | undefined; readonly onEvent: boolean; readonly quality: number};
}

/** What a pipeline worker is started with. */
export interface WorkerStart {
  readonly spec: PipelineSpec;
  /** Leads to the processes that own devices; see hosts-port.ts. */
  readonly hosts: MessagePort;
}

/** What a pipeline runs, known once its model is open. */
export interface PipelineFacts {
  readonly source: string;
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    readonly format: 'tflite' | 'onnx';
    readonly task: string;
    readonly family: string;
  };
  readonly delegate: {readonly id: string; readonly device: string; readonly engine: string; readonly why: string};
}

export interface WorkerFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** True where starting again later can help. */
  readonly retryable: boolean;
}

/** What a pipeline worker tells the main thread. */
export type WorkerMessage =
  /** One frame's result as text: it comes most often, and a string crosses the thread cheapest. */
  | string
  | {readonly kind: 'ready'; readonly facts: PipelineFacts}
  | {
      readonly kind: 'frame';
      readonly events: readonly Event[];
      readonly counts: ReadonlyMap<string, number>;
    }
  | {readonly kind: 'state'; readonly state: PipelineState}
  | {readonly kind: 'usage'; readonly usage: readonly DeviceUsage[]}
  | {readonly kind: 'snapshot'; readonly jpeg: Uint8Array}
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    }
  | {readonly kind: 'done'}
  | {readonly kind: 'failed'; readonly failure: WorkerFailure};

/** What the main thread tells a pipeline worker. */
export type HostMessage = {readonly kind: 'stop'};
