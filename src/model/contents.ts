import type {Graph} from './graph.ts';
import type {ModelHeader} from './model.ts';

/** What a file's own metadata says of one input or output. */
export interface TensorNotes {
  readonly name: string;
  readonly description: string;
  /** Set when the file says that the tensor is a picture. */
  readonly image: {readonly color: 'rgb' | 'gray' | undefined} | undefined;
  readonly normalization: {readonly mean: readonly number[]; readonly std: readonly number[]} | undefined;
  readonly scoreThreshold: number | undefined;
  /** Names of packed label files, those without a locale first. */
  readonly labelFiles: readonly string[];
}

/** A verified file of either format. */
export interface ModelContents {
  readonly header: ModelHeader;
  readonly graph: Graph;
  /** Metadata by input and output position; may be shorter than the lists in the header. */
  readonly inputNotes: readonly TensorNotes[];
  readonly outputNotes: readonly TensorNotes[];
}
