import {bytesPerElement, type Tensor, type TensorSpec} from '../tensor/tensor.ts';
import {type EncodedBody, joinBody, ReceivedBody} from './body.ts';
import {asList, asObject, asText, parseJson} from './json.ts';
import {defaultLimits, type WireLimits} from './limits.ts';
import {malformed} from './malformed.ts';
import {type Parameters, readFlag, readParameters} from './parameters.ts';
import {decodeTensors, encodeTensor} from './tensors.ts';

export interface RequestedOutput {
  readonly name: string;
  /** As asked for this output, or for all of them. */
  readonly binary: boolean;
  readonly parameters: Parameters;
}

export interface InferRequest {
  readonly id?: string;
  readonly parameters: Parameters;
  /** Data may be views of the body, aligned to nothing. */
  readonly inputs: readonly Tensor[];
  /** Undefined asks for all. */
  readonly outputs: readonly RequestedOutput[] | undefined;
  /** What was asked for outputs that are not named. */
  readonly binaryOutputs: boolean;
}

export interface RequestEncoding {
  /** Input data behind the JSON, not in it; else numbers in JSON lists. */
  readonly binaryInputs: boolean;
  /** Asks for answers of that kind. */
  readonly binaryOutputs: boolean;
  /** Names of the outputs wanted; all unless given. */
  readonly outputs?: readonly string[];
  readonly id?: string;
}

/** With binary inputs, the parts after the first are the inputs' own memory: send them again after changing it. */
export function encodeRequest(inputs: readonly Tensor[], encoding: RequestEncoding): EncodedBody {
  const encoded = inputs.map(tensor => encodeTensor(tensor, encoding.binaryInputs));
  const binary = encoded.flatMap(tensor => (tensor.binary === undefined ? [] : [tensor.binary]));
  const fields = [
    ...(encoding.id === undefined ? [] : [`"id":${JSON.stringify(encoding.id)}`]),
    ...(encoding.binaryOutputs ? ['"parameters":{"binary_data_output":true}'] : []),
    `"inputs":[${encoded.map(({json}) => json).join()}]`,
    ...(encoding.outputs === undefined ? [] : [`"outputs":${JSON.stringify(encoding.outputs.map(name => ({name})))}`]),
  ];
  return joinBody(`{${fields.join()}}`, binary);
}

/**
 * @param headerLength of the header Inference-Header-Content-Length; 0 (a raw request) is for `decodeRawRequest`
 * @throws {InputError} malformed, or beyond the limits
 */
export function decodeRequest(
  bytes: Uint8Array,
  headerLength: number | undefined,
  limits: WireLimits = defaultLimits,
): InferRequest {
  const body = new ReceivedBody(bytes, headerLength, limits);
  const fields = asObject(parseJson(body.json, 'body'), 'body');
  const parameters = readParameters(fields.parameters, 'parameters');
  const binaryOutputs = readFlag(parameters, 'binary_data_output', 'parameters') ?? false;
  const inputs = decodeTensors(fields.inputs, 'inputs', body, limits);
  body.end();
  const outputs = readRequestedOutputs(fields.outputs, binaryOutputs, limits);
  const id = fields.id === undefined || fields.id === '' ? {} : {id: asText(fields.id, 'id', limits.nameLength)};
  return {...id, parameters, inputs, outputs, binaryOutputs};
}

function readRequestedOutputs(
  value: unknown,
  binaryOutputs: boolean,
  limits: WireLimits,
): RequestedOutput[] | undefined {
  if (value === undefined || value === null) return undefined;
  const outputs = asList(value, 'outputs', limits.tensors).map((entry, index) => {
    const where = `outputs[${index}]`;
    const fields = asObject(entry, where);
    const parameters = readParameters(fields.parameters, `${where}.parameters`);
    const binary = readFlag(parameters, 'binary_data', `${where}.parameters`) ?? binaryOutputs;
    return {name: asText(fields.name, `${where}.name`, limits.nameLength), binary, parameters};
  });
  return outputs.length === 0 ? undefined : outputs;
}

/**
 * A raw request: its body is the data of a model's only input, and nothing else; its answer is asked for in binary.
 *
 * @param input the model's only input; one dynamic dimension is found from the body's length
 * @throws {InputError} the length fits no shape of the input
 */
export function decodeRawRequest(bytes: Uint8Array, input: TensorSpec): InferRequest {
  const known = input.shape.filter(dimension => dimension >= 0).reduce((product, dimension) => product * dimension, 1);
  const unit = known * bytesPerElement[input.dtype];
  const dynamic = input.shape.filter(dimension => dimension < 0).length;
  const times = unit === 0 ? Number.NaN : bytes.byteLength / unit;
  if (dynamic > 1 || !Number.isInteger(times) || (dynamic === 0 && times !== 1)) {
    throw malformed(
      'body',
      `${bytes.byteLength} raw bytes do not fit ${input.dtype} [${input.shape}] of ${input.name}`,
    );
  }
  const shape = input.shape.map(dimension => (dimension < 0 ? times : dimension));
  const {name, dtype} = input;
  return {parameters: {}, inputs: [{name, dtype, shape, data: bytes}], outputs: undefined, binaryOutputs: true};
}
