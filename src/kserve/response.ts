import type {Tensor} from '../tensor/tensor.ts';
import {type EncodedBody, joinBody, ReceivedBody} from './body.ts';
import {asObject, parseJson} from './json.ts';
import {defaultLimits, type WireLimits} from './limits.ts';
import {type Parameters, readParameters} from './parameters.ts';
import {decodeTensors, encodeTensor} from './tensors.ts';

export interface ResponseHead {
  readonly modelName: string;
  readonly modelVersion?: string;
  readonly id?: string;
  readonly parameters?: Parameters;
}

export interface InferResponse extends ResponseHead {
  /** Data may be views of the body, aligned to nothing. */
  readonly outputs: readonly Tensor[];
}

/** @param binary whether an output's data go behind the JSON */
export function encodeResponse(
  head: ResponseHead,
  outputs: readonly Tensor[],
  binary: (name: string) => boolean,
): EncodedBody {
  const encoded = outputs.map(tensor => encodeTensor(tensor, binary(tensor.name)));
  const {modelName, modelVersion, id, parameters} = head;
  const fields = JSON.stringify({model_name: modelName, model_version: modelVersion, id, parameters}).slice(0, -1);
  return joinBody(
    `${fields},"outputs":[${encoded.map(({json}) => json).join()}]}`,
    encoded.flatMap(tensor => (tensor.binary === undefined ? [] : [tensor.binary])),
  );
}

/** @throws {InputError} malformed, or beyond the limits */
export function decodeResponse(
  bytes: Uint8Array,
  headerLength: number | undefined,
  limits: WireLimits = defaultLimits,
): InferResponse {
  const body = new ReceivedBody(bytes, headerLength, limits);
  const fields = asObject(parseJson(body.json, 'body'), 'body');
  const outputs = decodeTensors(fields.outputs, 'outputs', body, limits);
  body.end();
  return {
    modelName: typeof fields.model_name === 'string' ? fields.model_name : '',
    ...(typeof fields.model_version === 'string' ? {modelVersion: fields.model_version} : {}),
    ...(typeof fields.id === 'string' ? {id: fields.id} : {}),
    parameters: readParameters(fields.parameters, 'parameters'),
    outputs,
  };
}
