import type {TfliteFile, TfliteOperator, TfliteSubgraph} from './file.ts';

/**
 * Finds what TFLite's own kernels are known to get wrong without noticing, up to release 2.21.
 *
 * @returns sentences; none for nearly all files
 * @see https://github.com/tensorflow/tensorflow/blob/v2.19.0/tensorflow/lite/kernels/svdf.cc
 */
export function findHazards(file: TfliteFile): readonly string[] {
  const found = file.subgraphs.flatMap(subgraph =>
    subgraph.operators.filter(operator => isByteStateSvdf(subgraph, operator)),
  );
  const [first] = found;
  if (!first) return [];
  return [
    `operator ${first.index} SVDF keeps its state in int8, which TFLite's kernel overwrites as int16 (TFLite Micro does not)`,
  ];
}

/** Integer SVDF whose time weights or state have the 8-bit form of TFLite Micro. */
function isByteStateSvdf({tensors}: TfliteSubgraph, {name, inputs}: TfliteOperator): boolean {
  if (name !== 'SVDF') return false;
  const typeOf = (position: number) => tensors[inputs[position] ?? -1]?.type;
  return typeOf(0) === 'int8' && (typeOf(2) === 'int8' || typeOf(4) === 'int8');
}
