import type {MessagePort} from 'node:worker_threads';
import type {ServedFacts, WireMessage} from '../../http/served-model.ts';
import type {ModelSpec, WorkerFailure, WorkerMessage} from '../protocol.ts';

/** Everything a served model's worker needs. */
export interface ServedSpec extends ModelSpec {
  /** As clients call it. */
  readonly name: string;
}

/** What a served model's worker is started with. */
export interface ServedStart {
  readonly spec: ServedSpec;
  /** Leads to the processes that own devices; see hosts-port.ts. */
  readonly hosts: MessagePort;
}

/** What a served model's worker tells the main thread. */
export type ServedMessage =
  | {readonly kind: 'ready'; readonly facts: ServedFacts}
  /** Its body is transferred. */
  | {readonly kind: 'answer'; readonly id: number; readonly answer: WireMessage}
  /** The request was not answered, the session goes on. */
  | {readonly kind: 'refused'; readonly id: number; readonly status: number; readonly message: string}
  /** No delegate works at present, or one does again. */
  | {readonly kind: 'stranded'; readonly reason: string | undefined}
  | {readonly kind: 'failed'; readonly failure: WorkerFailure}
  | Extract<WorkerMessage, {readonly kind: 'log'}>;

/** What the main thread tells a served model's worker: one request at a time, its body transferred; or to end. */
export type ServedCommand =
  | {readonly kind: 'infer'; readonly id: number; readonly request: WireMessage}
  | {readonly kind: 'stop'};
