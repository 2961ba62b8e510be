import {createHash} from 'node:crypto';
import {ManifestError} from '../error/errors.ts';
import type {ModelContents} from './contents.ts';
import type {ModelFile, ModelHeader, OperatorCount} from './model.ts';

/** A file with all that its reader found in it. */
export interface ModelPart {
  readonly file: ModelFile;
  readonly contents: ModelContents;
}

interface Joined extends ModelPart {
  readonly segments: readonly ModelFile[] | undefined;
}

/**
 * One model of the files that it is cut into: the inputs of the first, the outputs of the last.
 *
 * @param path stands for all of them in messages
 * @throws {ManifestError} they are of different formats
 */
export function joinParts(parts: readonly ModelPart[], path: string): Joined {
  const [first] = parts;
  const last = parts.at(-1);
  if (first === undefined || last === undefined) throw new ManifestError(`${path}: names no file`, 'Name a file.');
  if (parts.length === 1) return {...first, segments: undefined};
  const headers = parts.map(({file}) => file.header);
  const odd = headers.find(({format}) => format !== first.file.header.format);
  if (odd) {
    const formats = headers.map(({format}) => format).join(', ');
    throw new ManifestError(`${path}: segments of different formats: ${formats}`, 'Cut one model into segments.');
  }
  const header = joinHeaders(first.file.header, last.file.header, headers);
  const sha256 = createHash('sha256')
    .update(parts.map(({file}) => file.sha256).join())
    .digest('hex');
  return {
    file: {path, sha256, bytes: first.file.bytes, header},
    contents: {...first.contents, header, outputNotes: last.contents.outputNotes},
    segments: parts.map(({file}) => file),
  };
}

function joinHeaders(first: ModelHeader, last: ModelHeader, all: readonly ModelHeader[]): ModelHeader {
  const hazards = all.flatMap(header => header.hazards ?? []);
  return {
    ...first,
    outputs: last.outputs,
    operators: addCounts(all.flatMap(({operators}) => operators)),
    customOps: [...new Set(all.flatMap(({customOps}) => customOps))],
    edgetpuCompiled: all.some(({edgetpuCompiled}) => edgetpuCompiled),
    ...(hazards.length > 0 && {hazards}),
    macs: all.reduce((sum, {macs}) => sum + macs, 0),
    weightBytes: all.reduce((sum, {weightBytes}) => sum + weightBytes, 0),
    packedLabels: all.flatMap(({packedLabels}) => packedLabels),
  };
}

function addCounts(operators: readonly OperatorCount[]): OperatorCount[] {
  const counts = new Map<string, OperatorCount>();
  for (const operator of operators) {
    const count = operator.count + (counts.get(operator.name)?.count ?? 0);
    counts.set(operator.name, {...operator, count});
  }
  return [...counts.values()].toSorted((a, b) => b.count - a.count);
}
