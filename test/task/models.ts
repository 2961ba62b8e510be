import type {Geometry} from '../../src/image/input.ts';
import {type Family, type Manifest, manifestSchema, type OutputRole} from '../../src/model/manifest.ts';
import type {Model} from '../../src/model/model.ts';
import {byteSize, type DType, type Quantization, type Tensor, type TensorSpec} from '../../src/tensor/tensor.ts';

export interface HandMadeModel {
  readonly task: Manifest['task'];
  readonly family: Family;
  /** Role of every output, in order. */
  readonly roles: readonly OutputRole[];
  readonly decode?: Manifest['decode'];
  readonly labels?: readonly string[];
  /** Width and height of the picture input, 100 × 100 unless given; null for a model without one. */
  readonly input?: readonly [number, number] | null;
  readonly layout?: 'nhwc' | 'nchw';
  readonly outputs?: readonly TensorSpec[];
}

/** A model that was never a file: all that decoders look at, without weights. */
export function handMade(parts: HandMadeModel): Model {
  const {task, family, roles, labels = [], input = [100, 100], layout = 'nhwc'} = parts;
  const outputs = parts.outputs ?? roles.map((role): TensorSpec => ({name: role, dtype: 'float32', shape: []}));
  const manifest = manifestSchema.parse({
    name: 'hand-made',
    task,
    family,
    variants: {cpu: {file: 'hand-made.tflite'}},
    inputs: [{index: 0, role: input ? 'image' : 'tensor'}],
    outputs: roles.map((role, index) => ({index, role})),
    decode: parts.decode ?? {},
  });
  const [width, height] = input ?? [0, 0];
  const image = {
    width,
    height,
    layout,
    colorOrder: 'rgb',
    fit: 'stretch',
    filter: 'bilinear',
    padValue: 0,
    dtype: 'uint8',
    multiply: [1, 1, 1],
    add: [0, 0, 0],
  } as const;
  return {
    path: 'hand-made.tflite',
    name: 'hand-made',
    version: '1',
    format: 'tflite',
    sha256: '0'.repeat(64),
    bytes: new Uint8Array(),
    header: {
      format: 'tflite',
      description: '',
      inputs: [],
      outputs,
      operators: [],
      customOps: [],
      edgetpuCompiled: false,
      macs: 0,
      weightBytes: 0,
      metadata: {},
      packedLabels: [],
    },
    manifest,
    reasons: {},
    labels,
    image: input ? {index: 0, input: image} : undefined,
  };
}

export interface TensorParts {
  readonly name?: string;
  readonly dtype?: DType;
  readonly quantization?: Quantization;
}

/** A tensor of the given stored values; float32 unless told. */
export function tensor(shape: readonly number[], values: readonly number[], parts: TensorParts = {}): Tensor {
  const {name = 'output', dtype = 'float32', quantization} = parts;
  const data = new Uint8Array(byteSize({dtype, shape}));
  const view = new DataView(data.buffer);
  const write: Partial<Record<DType, (at: number, value: number) => void>> = {
    float32: (at, value) => view.setFloat32(4 * at, value, true),
    uint8: (at, value) => view.setUint8(at, value),
    int8: (at, value) => view.setInt8(at, value),
    uint16: (at, value) => view.setUint16(2 * at, value, true),
    float16: (at, bits) => view.setUint16(2 * at, bits, true),
    int16: (at, value) => view.setInt16(2 * at, value, true),
    int32: (at, value) => view.setInt32(4 * at, value, true),
    int64: (at, value) => view.setBigInt64(8 * at, BigInt(value), true),
  };
  for (const [at, value] of values.entries()) write[dtype]?.(at, value);
  return {name, dtype, shape, data, ...(quantization && {quantization})};
}

/** A frame of the given size squeezed into an input of the given size, both axes on their own. */
export function stretched(source: readonly [number, number], input: readonly [number, number]): Geometry {
  return {
    sourceWidth: source[0],
    sourceHeight: source[1],
    inputWidth: input[0],
    inputHeight: input[1],
    cropX: 0,
    cropY: 0,
    scaleX: input[0] / source[0],
    scaleY: input[1] / source[1],
    padX: 0,
    padY: 0,
  };
}
