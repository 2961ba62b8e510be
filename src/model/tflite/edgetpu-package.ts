import {DunlinError} from '../../error/errors.ts';
import {bytes, scalar} from '../flatbuffer/fields.ts';
import {FlatbufferSource} from '../flatbuffer/source.ts';
import {decodeRoot, type Field, table} from '../flatbuffer/table.ts';

/** What the Edge TPU compiler made of a model, as the package in its custom operator says. */
export interface EdgetpuPackage {
  /** Models that were compiled together have the same, and stay in the chip's memory together; absent without caching. */
  readonly cachingToken?: string;
  /** Bytes of weights that stay in the chip's memory as long as no model with another token runs. */
  readonly cachedBytes: number;
  /** Bytes of weights that are sent to the chip again for every run. */
  readonly streamedBytes: number;
  /** Version of the runtime that the package needs at least. */
  readonly minRuntime: number;
}

const identifier = Buffer.from('DWN1');
const parameterCaching = 1;

/** Strings of any bytes, as views. */
const blobs: Field<readonly Uint8Array[]> = {
  slots: 1,
  sizes: [4],
  read(source, at) {
    if (at === 0) return [];
    const start = source.indirect(at);
    const length = source.u32(start);
    source.check(start + 4, length * 4);
    return Array.from({length}, (_, index) => blob(source, source.indirect(start + 4 + index * 4)));
  },
};

function blob(source: FlatbufferSource, at: number): Uint8Array {
  const length = source.u32(at);
  source.check(at + 4, length);
  return source.bytes.subarray(at + 4, at + 4 + length);
}

/** 64 bits are more than a number holds; the token is only ever compared. */
const token: Field<string> = {
  slots: 1,
  sizes: [8],
  read(source, at) {
    if (at === 0) return '';
    return [source.u32(at + 4), source.u32(at)].map(half => half.toString(16).padStart(8, '0')).join('');
  },
};

const unread = {slots: 1, sizes: [4], read: () => undefined} as const satisfies Field<undefined>;

/** @see https://github.com/google-coral/libedgetpu/blob/master/executable/executable.fbs */
const executableTable = table('Executable', {
  version: unread,
  name: unread,
  serializedModel: unread,
  batchSize: unread,
  scratchBytes: unread,
  instructions: unread,
  parameters: bytes,
  dmaHints: unread,
  inputLayers: unread,
  outputLayers: unread,
  chip: unread,
  cycles: unread,
  narrowBytes: unread,
  type: scalar('u16'),
  token,
});
const multiExecutableTable = table('MultiExecutable', {executables: blobs});
const packageTable = table('Package', {minRuntime: scalar('i32'), multiExecutable: bytes});

/**
 * Reads the package inside an Edge TPU operator's options. They are a FlexBuffer map; the package in it is found by its
 * identifier.
 *
 * @returns undefined for a package of another kind, or a damaged one, which is the vendor library's to refuse
 */
export function readEdgetpuPackage(options: Uint8Array): EdgetpuPackage | undefined {
  const at = Buffer.from(options.buffer, options.byteOffset, options.length).indexOf(identifier) - 4;
  if (at < 0) return undefined;
  try {
    return decodePackage(options.subarray(at));
  } catch (error) {
    if (error instanceof DunlinError) return undefined;
    throw error;
  }
}

function decodePackage(content: Uint8Array): EdgetpuPackage | undefined {
  const {minRuntime, multiExecutable} = decodeRoot(new FlatbufferSource(content, 'edgetpu package'), packageTable);
  if (multiExecutable === undefined) return undefined;
  const {executables} = decodeRoot(new FlatbufferSource(multiExecutable, 'edgetpu package'), multiExecutableTable);
  const parts = executables.map(executable =>
    decodeRoot(new FlatbufferSource(executable, 'edgetpu executable'), executableTable),
  );
  const bytesOf = (isCached: boolean) =>
    parts
      .filter(({type}) => (type === parameterCaching) === isCached)
      .reduce((sum, {parameters}) => sum + (parameters?.length ?? 0), 0);
  const cachingToken = parts.find(({type}) => type === parameterCaching)?.token;
  return {
    ...(cachingToken && {cachingToken}),
    cachedBytes: bytesOf(true),
    streamedBytes: bytesOf(false),
    minRuntime,
  };
}
