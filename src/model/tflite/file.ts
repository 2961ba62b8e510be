import {FlatbufferSource} from '../flatbuffer/source.ts';
import {decodeRoot} from '../flatbuffer/table.ts';
import {invalidModel, printable} from '../invalid.ts';
import {builtinOperatorName} from './opcodes.ts';
import type {Options} from './options.ts';
import {modelTable, type RawModel, type RawOperator, type RawTensor, type Sparsity} from './schema.ts';
import {type TfliteType, tfliteType} from './tensor-types.ts';

/** real = (q − zeroPoints[i]) × scales[i]; one pair for the tensor, or one per slice of `dimension`. */
export interface TfliteQuantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly dimension: number;
}

export interface TfliteTensor {
  readonly index: number;
  readonly name: string;
  readonly type: TfliteType;
  readonly shape: readonly number[];
  /** The shape with −1 where a dimension may change; empty when the file has none. */
  readonly signature: readonly number[];
  /** Contents of a constant tensor: a view into the file. */
  readonly constant: Uint8Array | undefined;
  readonly isVariable: boolean;
  readonly quantization: TfliteQuantization | undefined;
  readonly sparsity: Sparsity | undefined;
}

export interface TfliteOperator {
  readonly index: number;
  /** `CONV_2D`, or the name of a custom operator. */
  readonly name: string;
  readonly custom: boolean;
  readonly version: number;
  /** Tensor indices; −1: left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly intermediates: readonly number[];
  /** Name of the options table without its ending (`Conv2D`), empty for none. */
  readonly optionsName: string;
  readonly options: Options | undefined;
  readonly customOptions: Uint8Array | undefined;
}

export interface TfliteSubgraph {
  readonly index: number;
  readonly name: string;
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperator[];
}

export interface TfliteSignature {
  readonly key: string;
  readonly subgraph: number;
  readonly inputs: readonly {readonly name: string; readonly tensorIndex: number}[];
  readonly outputs: readonly {readonly name: string; readonly tensorIndex: number}[];
}

/** A `.tflite` file: structure read and in bounds, meaning not yet checked (`verify.ts`). */
export interface TfliteFile {
  readonly description: string;
  readonly subgraphs: readonly TfliteSubgraph[];
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  readonly signatures: readonly TfliteSignature[];
}

/** True when the bytes carry the identifier of a TFLite flatbuffer. */
export function isTflite(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === 'TFL3';
}

/**
 * Reads every table of a `.tflite` file with all offsets, lengths and alignments checked.
 *
 * @throws {ModelInvalidError} any part lies outside the file or names another part that does not exist
 */
export function readTfliteFile(bytes: Uint8Array): TfliteFile {
  if (!isTflite(bytes)) throw invalidModel('tflite', 'the file identifier is not TFL3');
  const raw = decodeRoot(new FlatbufferSource(bytes, 'tflite'), modelTable);
  if (raw.version !== 3) throw invalidModel('tflite', `schema version ${raw.version}, expected 3`);
  const buffers = raw.buffers.map((buffer, index) => bufferBytes(bytes, buffer, index));
  return {
    description: raw.description,
    subgraphs: raw.subgraphs.map((subgraph, index) => {
      const where = `tflite: subgraph ${index}`;
      return {
        index,
        name: subgraph.name,
        tensors: subgraph.tensors.map((tensor, position) => readTensor(tensor, position, {buffers, where})),
        inputs: subgraph.inputs,
        outputs: subgraph.outputs,
        operators: subgraph.operators.map((operator, position) =>
          readOperator(operator, position, {bytes, raw, where}),
        ),
      };
    }),
    metadata: readMetadata(raw, buffers),
    signatures: raw.signatures.map(({key, subgraphIndex, inputs, outputs}) => ({
      key,
      subgraph: subgraphIndex,
      inputs,
      outputs,
    })),
  };
}

/** A buffer's contents: inside the flatbuffer, or behind it in files larger than 2 GB. */
function bufferBytes(file: Uint8Array, buffer: RawModel['buffers'][number], index: number): Uint8Array | undefined {
  if (buffer.offset > 1) return outside(file, buffer.offset, buffer.size, `tflite: buffer ${index}`);
  return buffer.data && buffer.data.length > 0 ? buffer.data : undefined;
}

function outside(file: Uint8Array, offset: number, size: number, where: string): Uint8Array {
  if (size > file.length || offset > file.length - size) {
    throw invalidModel(where, `${size} bytes at ${offset} reach past the end of the file (${file.length} bytes)`);
  }
  return file.subarray(offset, offset + size);
}

function readTensor(
  raw: RawTensor,
  index: number,
  {buffers, where}: {buffers: readonly (Uint8Array | undefined)[]; where: string},
): TfliteTensor {
  const here = `${where} tensor ${index} "${printable(raw.name)}"`;
  const type = tfliteType(raw.type);
  if (type === undefined) throw invalidModel(here, `element type ${raw.type} is not known`);
  if (raw.buffer >= Math.max(buffers.length, 1)) {
    throw invalidModel(here, `names buffer ${raw.buffer}, the file has ${buffers.length}`);
  }
  const scales = raw.quantization?.scale ?? [];
  return {
    index,
    name: raw.name,
    type,
    shape: raw.shape,
    signature: raw.shapeSignature,
    constant: raw.buffer === 0 ? undefined : buffers[raw.buffer],
    isVariable: raw.isVariable,
    quantization:
      raw.quantization && scales.length > 0
        ? {scales, zeroPoints: raw.quantization.zeroPoint, dimension: raw.quantization.quantizedDimension}
        : undefined,
    sparsity: raw.sparsity,
  };
}

const custom = 32;
/** Codes from here on live in the wider field only. */
const placeholder = 127;

function readOperator(
  raw: RawOperator,
  index: number,
  {bytes, raw: model, where}: {bytes: Uint8Array; raw: RawModel; where: string},
): TfliteOperator {
  const here = `${where} operator ${index}`;
  const operatorCode = model.operatorCodes[raw.opcodeIndex];
  if (!operatorCode) {
    throw invalidModel(here, `names operator code ${raw.opcodeIndex}, the file has ${model.operatorCodes.length}`);
  }
  const code = Math.max(operatorCode.builtinCode, operatorCode.deprecatedBuiltinCode);
  const name = code === custom ? operatorCode.customCode : builtinOperatorName(code);
  if (name === undefined || code === placeholder) throw invalidModel(here, `built-in operator ${code} is not known`);
  if (name === '') throw invalidModel(here, 'a custom operator has no name');
  const choice = raw.options.type === 0 ? raw.options2 : raw.options;
  const large = raw.largeCustomOptionsOffset > 1;
  return {
    index,
    name,
    custom: code === custom,
    version: operatorCode.version,
    inputs: raw.inputs,
    outputs: raw.outputs,
    intermediates: raw.intermediates,
    optionsName: choice.value ? choice.name : '',
    options: choice.value,
    customOptions: large
      ? outside(bytes, raw.largeCustomOptionsOffset, raw.largeCustomOptionsSize, here)
      : raw.customOptions,
  };
}

function readMetadata(raw: RawModel, buffers: readonly (Uint8Array | undefined)[]): ReadonlyMap<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  for (const {name, buffer} of raw.metadata) {
    if (buffer >= buffers.length) {
      throw invalidModel(
        'tflite',
        `metadata "${printable(name)}" names buffer ${buffer}, the file has ${buffers.length}`,
      );
    }
    const content = buffers[buffer];
    if (content) entries.set(name, content);
  }
  return entries;
}
