import {invalidModel} from '../../invalid.ts';

/** Checks a constant string tensor: count, then count + 1 offsets, then the characters. @throws {ModelInvalidError} */
export function checkStrings(bytes: Uint8Array, expected: number, where: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length >= 4 ? view.getInt32(0, true) : -1;
  if (count !== expected) throw invalidModel(where, `holds ${count} strings, its shape says ${expected}`);
  const head = 4 * (count + 2);
  if (head > bytes.length) throw invalidModel(where, `${bytes.length} bytes are too few for ${count} strings`);
  let previous = head;
  for (let index = 0; index <= count; index++) {
    const offset = view.getInt32(4 + index * 4, true);
    if (offset < previous || offset > bytes.length) {
      throw invalidModel(where, `string ${index} starts at ${offset}, expected ${previous} to ${bytes.length}`);
    }
    previous = offset;
  }
}
