/** One field of a table: a number stored in it, or another part of the file. */
export type Cell =
  | {readonly kind: 'u8' | 'i8' | 'i32' | 'u32' | 'f32' | 'u64'; readonly value: number}
  | {readonly kind: 'part'; readonly part: Part};

/** A part that others point to. `null` leaves a field out. */
export type Part =
  | {readonly kind: 'table'; readonly cells: readonly (Cell | null)[]}
  | {readonly kind: 'parts'; readonly parts: readonly Part[]}
  | {readonly kind: 'numbers'; readonly of: 'u8' | 'i32' | 'f32' | 'i64'; readonly values: readonly number[]}
  | {readonly kind: 'text'; readonly text: string};

const sizes = {u8: 1, i8: 1, i32: 4, u32: 4, f32: 4, u64: 8, i64: 8};

export const table = (...cells: readonly (Cell | null)[]): Part => ({kind: 'table', cells});
export const ref = (part: Part): Cell => ({kind: 'part', part});
export const i8 = (value: number): Cell => ({kind: 'i8', value});
export const i32 = (value: number): Cell => ({kind: 'i32', value});
export const u32 = (value: number): Cell => ({kind: 'u32', value});
export const f32 = (value: number): Cell => ({kind: 'f32', value});
export const u64 = (value: number): Cell => ({kind: 'u64', value});
export const text = (value: string): Cell => ref({kind: 'text', text: value});
export const numbers = (of: 'u8' | 'i32' | 'f32' | 'i64', values: readonly number[]): Cell =>
  ref({kind: 'numbers', of, values});
export const parts = (list: readonly Part[]): Cell => ref({kind: 'parts', parts: list});

/** Writes parts one after the other, each behind what points to it. */
class Writer {
  bytes = new Uint8Array(1024);
  length = 0;

  reserve(size: number, align = 1): number {
    const at = Math.ceil(this.length / align) * align;
    this.length = at + size;
    while (this.length > this.bytes.length) {
      const larger = new Uint8Array(this.bytes.length * 2);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    return at;
  }

  put(of: keyof typeof sizes, at: number, value: number): void {
    const view = new DataView(this.bytes.buffer);
    if (of === 'u8' || of === 'i8') view.setUint8(at, value & 0xff);
    else if (of === 'i32' || of === 'u32') view.setInt32(at, value | 0, true);
    else if (of === 'f32') view.setFloat32(at, value, true);
    else view.setBigInt64(at, BigInt(value), true);
  }

  /** @returns where the part starts */
  write(part: Part): number {
    if (part.kind === 'table') return this.table(part.cells);
    if (part.kind === 'text') return this.text(part.text);
    if (part.kind === 'parts') return this.parts(part.parts);
    const size = sizes[part.of];
    this.reserve(0, 4);
    // The elements are aligned to their own size, behind four bytes of length.
    if (size === 8 && this.length % 8 === 0) this.reserve(4);
    const at = this.reserve(4 + part.values.length * size, 4);
    this.put('u32', at, part.values.length);
    for (const [index, value] of part.values.entries()) this.put(part.of, at + 4 + index * size, value);
    return at;
  }

  text(value: string): number {
    const encoded = new TextEncoder().encode(value);
    const at = this.reserve(4 + encoded.length + 1, 4);
    this.put('u32', at, encoded.length);
    this.bytes.set(encoded, at + 4);
    return at;
  }

  parts(list: readonly Part[]): number {
    const at = this.reserve(4 + list.length * 4, 4);
    this.put('u32', at, list.length);
    list.forEach((part, index) => {
      const slot = at + 4 + index * 4;
      this.put('u32', slot, this.write(part) - slot);
    });
    return at;
  }

  table(cells: readonly (Cell | null)[]): number {
    const vtable = this.reserve(4 + cells.length * 2, 4);
    // Eight bytes for every field keep all of them aligned.
    const at = this.reserve(8 + cells.length * 8, 8);
    const view = () => new DataView(this.bytes.buffer);
    view().setUint16(vtable, 4 + cells.length * 2, true);
    view().setUint16(vtable + 2, 8 + cells.length * 8, true);
    this.put('i32', at, at - vtable);
    cells.forEach((cell, index) => {
      if (!cell) return;
      const offset = 8 + index * 8;
      view().setUint16(vtable + 4 + index * 2, offset, true);
      if (cell.kind === 'part') this.put('u32', at + offset, this.write(cell.part) - (at + offset));
      else this.put(cell.kind, at + offset, cell.value);
    });
    return at;
  }
}

/** A flatbuffer with the given root table and file identifier. */
export function writeFlatbuffer(root: Part, identifier: string): Uint8Array {
  const writer = new Writer();
  writer.reserve(8);
  writer.bytes.set(new TextEncoder().encode(identifier), 4);
  writer.put('u32', 0, writer.write(root));
  return writer.bytes.slice(0, writer.length);
}
