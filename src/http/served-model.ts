import type {TensorMetadata} from '../kserve/metadata.ts';

/** What clients may know about an open model. */
export interface ServedFacts {
  readonly version: string;
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** A message of the protocol in one piece of memory of its own, so that it can be transferred between threads. */
export interface WireMessage {
  readonly body: ArrayBuffer;
  /** Length of the JSON part when binary tensors follow it; 0 in a request that is nothing but its only tensor. */
  readonly headerLength: number | undefined;
}

/** A model that clients can run. The HTTP side needs no more of it; it lives elsewhere. */
export interface ServedModel {
  readonly name: string;
  /** Undefined while the model is being opened, or when it failed. */
  readonly facts: ServedFacts | undefined;
  /** Why there are no facts, for clients. */
  readonly reason: string;
  /**
   * Answers one request when its turn comes. The request's body is taken over.
   *
   * @param signal drops the request; its reason is the rejection
   * @throws {Refusal} the request is wrong, too many wait, or the model cannot be run now
   */
  infer(request: WireMessage, signal: AbortSignal): Promise<WireMessage>;
}
