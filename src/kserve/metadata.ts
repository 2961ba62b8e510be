import type {TensorSpec} from '../tensor/tensor.ts';
import {type Datatype, datatypeOf} from './datatypes.ts';
import {asList, asObject, asText, parseJson} from './json.ts';
import {defaultLimits, type WireLimits} from './limits.ts';
import {malformed, shown} from './malformed.ts';

/** A tensor as `GET v2/models/<m>` tells it; −1 is a dynamic dimension. */
export interface TensorMetadata {
  readonly name: string;
  /** As sent: a server may have types that Dunlin lacks. */
  readonly datatype: Datatype | (string & {});
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions?: readonly string[];
  /** `onnxruntime_onnx`, `tensorflow_lite`. */
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

export function tensorMetadata({name, dtype, shape}: TensorSpec): TensorMetadata {
  return {name, datatype: datatypeOf(dtype), shape};
}

/** @throws {InputError} the body is no model's metadata */
export function decodeModelMetadata(bytes: Uint8Array, limits: WireLimits = defaultLimits): ModelMetadata {
  const fields = asObject(parseJson(bytes, 'body'), 'body');
  const {versions, platform} = fields;
  const isList = Array.isArray(versions) && versions.every(version => typeof version === 'string');
  return {
    name: asText(fields.name, 'name', limits.nameLength),
    ...(isList ? {versions: versions as string[]} : {}),
    platform: typeof platform === 'string' ? platform : '',
    inputs: readTensors(fields.inputs ?? [], 'inputs', limits),
    outputs: readTensors(fields.outputs ?? [], 'outputs', limits),
  };
}

function readTensors(value: unknown, where: string, limits: WireLimits): TensorMetadata[] {
  return asList(value, where, limits.tensors).map((entry, index) => {
    const place = `${where}[${index}]`;
    const fields = asObject(entry, place);
    return {
      name: asText(fields.name, `${place}.name`, limits.nameLength),
      datatype: asText(fields.datatype, `${place}.datatype`, 64),
      shape: asList(fields.shape, `${place}.shape`, limits.rank).map(dimension => {
        if (Number.isSafeInteger(dimension) && (dimension as number) >= -1) return dimension as number;
        throw malformed(`${place}.shape`, `expected whole numbers from -1, got ${shown(dimension)}`);
      }),
    };
  });
}

/** True when the shapes can be the same; a dynamic dimension of either side is any. */
export function shapesAgree(one: readonly number[], other: readonly number[]): boolean {
  return (
    one.length === other.length &&
    one.every((dimension, axis) => dimension === other[axis] || dimension < 0 || other[axis]! < 0)
  );
}

/** `x: FP32 [1, 3, 224, 224]`, for messages. */
export function describeTensor({name, datatype, shape}: TensorMetadata): string {
  return `${name}: ${datatype} [${shape.join(', ')}]`;
}
