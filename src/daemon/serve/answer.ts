import {InputError} from '../../error/errors.ts';
import type {WireMessage} from '../../http/served-model.ts';
import type {EncodedBody} from '../../kserve/body.ts';
import {defaultLimits} from '../../kserve/limits.ts';
import {decodeRawRequest, decodeRequest, type InferRequest} from '../../kserve/request.ts';
import {encodeResponse} from '../../kserve/response.ts';
import type {Tensor, TensorSpec} from '../../tensor/tensor.ts';
import {inputFill} from './inputs.ts';

/** Writes the values of one run into a session's inputs. */
export type Fill = (inputs: readonly Tensor[]) => void;

/** An open model as clients address it. */
export interface AnswerParts {
  readonly name: string;
  readonly version: string;
  /** One run on what `fill` writes; it may be asked to write again, into the inputs of another session. */
  readonly run: (fill: Fill) => Promise<readonly Tensor[]>;
  /** The model's inputs and outputs under names that are unique. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Inputs that a client may leave out: they start from zero bytes. */
  readonly optional: ReadonlySet<number>;
}

/** JSON costs many times its size in memory; what is larger has to come as binary tensors. */
const limits = {...defaultLimits, jsonBytes: 16 * 1024 * 1024};

/**
 * One request through the model: decoded, run, encoded.
 *
 * @throws {InputError} the request is malformed, or does not fit the model; nothing was run
 * @throws {RunError} the engine failed
 * @throws {DeviceLostError} the session is dead
 */
export async function answerRequest(parts: AnswerParts, message: WireMessage): Promise<WireMessage> {
  const request = decode(parts, message);
  const wanted = wantedOutputs(parts, request);
  const outputs = await parts.run(inputFill(parts, request.inputs));
  const named = wanted.map(index => ({...outputs[index]!, name: parts.outputs[index]!.name}));
  return joined(encode(parts, request, named));
}

function decode({inputs}: AnswerParts, {body, headerLength}: WireMessage): InferRequest {
  const bytes = new Uint8Array(body);
  if (headerLength !== 0) return decodeRequest(bytes, headerLength, limits);
  const [only, ...others] = inputs;
  if (only !== undefined && others.length === 0) return decodeRawRequest(bytes, only);
  throw new InputError(
    `a raw request needs a model with one input, this one has ${inputs.length}`,
    'Name the inputs in the JSON part of the request.',
  );
}

/** Indices of the outputs that the request names, in its order; of all when it names none. */
function wantedOutputs({outputs}: AnswerParts, request: InferRequest): number[] {
  if (request.outputs === undefined) return outputs.map((_, index) => index);
  const seen = new Set<string>();
  return request.outputs.map(({name}) => {
    const index = outputs.findIndex(output => output.name === name);
    const names = `Outputs are ${outputs.map(output => output.name).join(', ')}.`;
    if (index < 0) throw new InputError(`outputs: the model has no output ${JSON.stringify(name)}`, names);
    if (seen.has(name)) throw new InputError(`outputs: ${JSON.stringify(name)} is named twice`, names);
    seen.add(name);
    return index;
  });
}

function encode(parts: AnswerParts, request: InferRequest, outputs: readonly Tensor[]): EncodedBody {
  const binary = new Map(request.outputs?.map(output => [output.name, output.binary]));
  const head = {
    modelName: parts.name,
    modelVersion: parts.version,
    ...(request.id === undefined ? {} : {id: request.id}),
  };
  return encodeResponse(head, outputs, name => binary.get(name) ?? request.binaryOutputs);
}

/** The only copy of an answer: out of the session's memory, into memory that can be handed to another thread. */
function joined({parts, byteLength, headerLength}: EncodedBody): WireMessage {
  const bytes = new Uint8Array(byteLength);
  let filled = 0;
  for (const part of parts) {
    bytes.set(part, filled);
    filled += part.byteLength;
  }
  return {body: bytes.buffer, headerLength};
}
