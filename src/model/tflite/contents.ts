import type {Quantization, TensorSpec} from '../../tensor/tensor.ts';
import type {ModelContents} from '../contents.ts';
import {canonicalOp, type Graph} from '../graph.ts';
import {printable, unsupportedModel} from '../invalid.ts';
import {parseLabels} from '../labels/parse.ts';
import type {ModelHeader} from '../model.ts';
import {countOperators} from '../operators.ts';
import {readAppendedZip} from '../zip.ts';
import {type EdgetpuPackage, readEdgetpuPackage} from './edgetpu-package.ts';
import {readTfliteFile, type TfliteFile, type TfliteSubgraph, type TfliteTensor} from './file.ts';
import {findHazards} from './hazards.ts';
import {countMacs} from './macs.ts';
import {readTfliteMetadata, type TfliteNotes} from './metadata.ts';
import {constantReals} from './reals.ts';
import {sessionDtype} from './tensor-types.ts';
import {verifyTflite} from './verify.ts';
import {xnnpackFault} from './xnnpack-fault.ts';

const metadataName = 'TFLITE_METADATA';
/** Name of the operator that the Edge TPU compiler puts in. */
const edgetpuOp = 'edgetpu-custom-op';

/**
 * Reads and verifies a `.tflite` file.
 *
 * @throws {ModelInvalidError} damaged or hostile
 * @throws {ModelUnsupportedError} an input or output that is not made of numbers
 */
export function readTflite(bytes: Uint8Array): ModelContents {
  const file = readTfliteFile(bytes);
  verifyTflite(file);
  const metadata = file.metadata.get(metadataName);
  const notes = metadata ? readTfliteMetadata(metadata) : undefined;
  const main = file.subgraphs[0] as TfliteSubgraph;
  return {
    header: headerOf(file, notes, readPackedLabels(bytes, notes)),
    graph: graphOf(main),
    inputNotes: notes?.inputs ?? [],
    outputNotes: notes?.outputs ?? [],
  };
}

function headerOf(
  file: TfliteFile,
  notes: TfliteNotes | undefined,
  packedLabels: ModelHeader['packedLabels'],
): ModelHeader {
  const main = file.subgraphs[0] as TfliteSubgraph;
  const operators = countOperators(file.subgraphs.flatMap(subgraph => subgraph.operators));
  const hazards = findHazards(file);
  const customOps = operators.filter(({custom}) => custom).map(({name}) => name);
  const fault = xnnpackFault(main);
  const edgetpu = findEdgetpuPackage(main);
  return {
    ...(fault !== undefined && {xnnpackFault: fault}),
    ...(edgetpu && {edgetpu}),
    format: 'tflite',
    description: file.description,
    inputs: main.inputs.map(index => tensorSpec(main, index, 'input')),
    outputs: main.outputs.map(index => tensorSpec(main, index, 'output')),
    operators,
    customOps,
    edgetpuCompiled: customOps.includes(edgetpuOp),
    ...(hazards.length > 0 && {hazards}),
    macs: countMacs(main),
    weightBytes: weightBytes(file),
    metadata: {...notes?.texts, ...plainTexts(file)},
    packedLabels,
  };
}

/** A compiled model has one such operator; where there are more, the first speaks for all. */
function findEdgetpuPackage({operators}: TfliteSubgraph): EdgetpuPackage | undefined {
  const options = operators.find(({custom, name}) => custom && name === edgetpuOp)?.customOptions;
  return options && readEdgetpuPackage(options);
}

function tensorSpec(subgraph: TfliteSubgraph, index: number, side: string): TensorSpec {
  const tensor = subgraph.tensors[index] as TfliteTensor;
  const dtype = sessionDtype(tensor.type);
  if (dtype === undefined) {
    throw unsupportedModel(
      `tflite: ${side} "${printable(tensor.name)}"`,
      `its elements are of type ${tensor.type}`,
      'Use a model whose inputs and outputs are numbers.',
    );
  }
  const quantization = perTensor(tensor);
  return {name: tensor.name, dtype, shape: tensor.shape, ...(quantization && {quantization})};
}

/** A scale of 0 says nothing; several scales have no single number. */
function perTensor({quantization}: TfliteTensor): Quantization | undefined {
  const [scale, ...others] = quantization?.scales ?? [];
  if (!scale || others.length > 0) return undefined;
  return {scale, zeroPoint: quantization?.zeroPoints[0] ?? 0};
}

/** Constants counted once, however many tensors share them. */
function weightBytes(file: TfliteFile): number {
  const sizes = new Map<number, number>();
  for (const {constant} of file.subgraphs.flatMap(subgraph => subgraph.tensors)) {
    if (constant) sizes.set(constant.byteOffset, constant.length);
  }
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

const utf8 = new TextDecoder();

/** Short metadata entries that are text, such as `min_runtime_version`. */
function plainTexts(file: TfliteFile): Record<string, string> {
  const entries = [...file.metadata].filter(([name, content]) => name !== metadataName && content.length <= 256);
  const texts = entries.map(([name, content]) => [name, utf8.decode(content).replace(/\0+$/, '')] as const);
  return Object.fromEntries(texts.filter(([, text]) => text !== '' && !/[\p{Cc}\uFFFD]/u.test(text)));
}

/** Files that the metadata calls label files, then other packed `.txt` files that could be. */
function readPackedLabels(bytes: Uint8Array, notes: TfliteNotes | undefined): ModelHeader['packedLabels'] {
  const named = [...(notes?.outputs ?? []), ...(notes?.inputs ?? [])].flatMap(({labelFiles}) => labelFiles);
  const files = readAppendedZip(bytes).filter(({name}) => named.includes(name) || /label.*\.txt$/i.test(name));
  const rank = (name: string) => (named.includes(name) ? named.indexOf(name) : named.length);
  return files
    .toSorted((a, b) => rank(a.name) - rank(b.name))
    .map(({name, bytes: content}) => ({
      name,
      labels: parseLabels(utf8.decode(content), `packed file ${printable(name)}`),
    }));
}

function graphOf(subgraph: TfliteSubgraph): Graph {
  return {
    values: subgraph.tensors.map(tensor => ({
      name: tensor.name,
      shape: tensor.shape,
      reals: tensor.constant && (() => constantReals(tensor)),
    })),
    nodes: subgraph.operators.map(({name, custom, inputs, outputs}) => ({
      op: custom ? name : canonicalOp(name),
      custom,
      inputs,
      outputs,
    })),
    inputs: subgraph.inputs,
    outputs: subgraph.outputs,
  };
}
