import type {Device} from '../../src/delegate/contract.ts';
import type {EncodedBody} from '../../src/kserve/body.ts';
import type {ModelMetadata} from '../../src/kserve/metadata.ts';
import type {Deadline} from './deadline.ts';
import type {Outcome} from './outcome.ts';
import type {ReceiveMemory} from './receive.ts';

/** A server behind any of the protocols. Methods make one attempt each; `Calls` decides about more. */
export interface RemoteServer {
  /** The device's id: `server.lan:8000`, or an endpoint's name. */
  readonly id: string;
  /** `mlserver 1.7.1`, as far as it has told. */
  readonly software: string;
  /** Whether it takes tensors as bytes; undefined until that is known. Shared by all sessions. */
  takesBinary: boolean | undefined;
  /** Milliseconds that the first runs may take: machines that start on demand need longer. */
  readonly firstRunMs: number;
  probe(): Promise<Device>;
  /**
   * What the server says about a model that is ready; undefined where the protocol has no such question.
   *
   * @throws {DelegateUnavailableError} no answer, or the model is not ready
   */
  describe(model: string): Promise<ModelMetadata | undefined>;
  infer(model: string, request: InferCall): Promise<Outcome>;
  /** The text without our secrets, which servers may repeat. */
  redact(text: string): string;
}

export interface InferCall {
  readonly body: EncodedBody;
  readonly deadline: Deadline;
  readonly memory: ReceiveMemory;
}
