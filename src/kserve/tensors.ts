import {byteSize, bytesPerElement, type DType, type Tensor, type TensorSpec} from '../tensor/tensor.ts';
import type {ReceivedBody} from './body.ts';
import {datatypeOf, dtypeOf} from './datatypes.ts';
import {asList, asObject, asText, type JsonObject} from './json.ts';
import type {WireLimits} from './limits.ts';
import {malformed, shown} from './malformed.ts';
import {readParameters, readSize} from './parameters.ts';
import {fromJsonData, toJsonData} from './values.ts';

/** JSON of one tensor, and its data where that goes behind the JSON. */
export interface EncodedTensor {
  readonly json: string;
  readonly binary?: Uint8Array;
}

export function encodeTensor(tensor: Tensor, binary: boolean): EncodedTensor {
  const {name, shape, dtype, data} = tensor;
  const envelope = JSON.stringify({name, shape, datatype: datatypeOf(dtype)}).slice(0, -1);
  if (!binary) return {json: `${envelope},"data":${toJsonData(tensor)}}`};
  return {json: `${envelope},"parameters":{"binary_data_size":${data.byteLength}}}`, binary: data};
}

/**
 * The tensors of a message. Binary data are views of the body, aligned to nothing.
 *
 * @param where a path for messages: `inputs`
 */
export function decodeTensors(value: unknown, where: string, body: ReceivedBody, limits: WireLimits): Tensor[] {
  const names = new Set<string>();
  return asList(value, where, limits.tensors).map((entry, index) => {
    const place = `${where}[${index}]`;
    const fields = asObject(entry, place);
    const spec = readSpec(fields, place, limits);
    if (names.has(spec.name)) throw malformed(`${place}.name`, `${shown(spec.name)} is there twice`);
    names.add(spec.name);
    return {...spec, data: readData(fields, spec, place, body)};
  });
}

function readSpec(fields: JsonObject, where: string, limits: WireLimits): TensorSpec {
  const name = asText(fields.name, `${where}.name`, limits.nameLength);
  const dtype = dtypeOf(fields.datatype, `${where}.datatype`);
  return {name, dtype, shape: readShape(fields.shape, dtype, `${where}.shape`, limits)};
}

/** A shape whose data fit the limits. */
function readShape(value: unknown, dtype: DType, where: string, limits: WireLimits): number[] {
  let bytes = bytesPerElement[dtype];
  const shape = asList(value, where, limits.rank).map(dimension => {
    if (!Number.isSafeInteger(dimension) || (dimension as number) < 0) {
      throw malformed(where, `expected whole numbers from 0, got ${shown(dimension)}`);
    }
    return dimension as number;
  });
  // A zero anywhere makes the tensor empty, whatever the others are; checked factor by factor, the product stays exact.
  if (shape.includes(0)) return shape;
  for (const dimension of shape) {
    bytes *= dimension;
    if (bytes > limits.tensorBytes) {
      throw malformed(where, `[${shape}] takes more than ${limits.tensorBytes} bytes`);
    }
  }
  return shape;
}

function readData(fields: JsonObject, spec: TensorSpec, where: string, body: ReceivedBody): Uint8Array {
  const parameters = readParameters(fields.parameters, `${where}.parameters`);
  if (Object.hasOwn(parameters, 'shared_memory_region')) {
    throw malformed(`${where}.parameters.shared_memory_region`, 'shared memory is not supported');
  }
  const size = readSize(parameters, 'binary_data_size', `${where}.parameters`);
  if (size === undefined) {
    return fromJsonData(fields.data, spec, {where: `${where}.data`, jsonBytes: body.json.byteLength});
  }
  if (fields.data !== undefined) throw malformed(where, 'has both data and binary_data_size');
  if (!body.hasBinary) {
    throw malformed(`${where}.parameters.binary_data_size`, 'there is no header Inference-Header-Content-Length');
  }
  const expected = byteSize(spec);
  if (size !== expected) {
    throw malformed(
      `${where}.parameters.binary_data_size`,
      `expected ${expected} for ${datatypeOf(spec.dtype)} [${spec.shape}], got ${size}`,
    );
  }
  return body.take(size, where);
}
