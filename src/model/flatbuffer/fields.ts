import type {FlatbufferSource} from './source.ts';
import type {Field, Table} from './table.ts';

const scalars = {
  u8: {size: 1, read: (source: FlatbufferSource, at: number) => source.u8(at)},
  i8: {size: 1, read: (source: FlatbufferSource, at: number) => source.i8(at)},
  u16: {size: 2, read: (source: FlatbufferSource, at: number) => source.u16(at)},
  i32: {size: 4, read: (source: FlatbufferSource, at: number) => source.i32(at)},
  u32: {size: 4, read: (source: FlatbufferSource, at: number) => source.u32(at)},
  f32: {size: 4, read: (source: FlatbufferSource, at: number) => source.f32(at)},
  i64: {size: 8, read: (source: FlatbufferSource, at: number) => source.i64(at)},
  u64: {size: 8, read: (source: FlatbufferSource, at: number) => source.u64(at)},
};
export type ScalarKind = keyof typeof scalars;

/** A number stored in the table itself. */
export function scalar(kind: ScalarKind, fallback = 0): Field<number> {
  const {size, read} = scalars[kind];
  return {slots: 1, sizes: [size], read: (source, at) => (at === 0 ? fallback : read(source, at))};
}

/** A truth value, one byte. */
export function flag(fallback = false): Field<boolean> {
  return {slots: 1, sizes: [1], read: (source, at) => (at === 0 ? fallback : source.u8(at) !== 0)};
}

const utf8 = new TextDecoder();

function readText(source: FlatbufferSource, at: number): string {
  const length = source.u32(at);
  source.check(at + 4, length + 1);
  if (source.u8(at + 4 + length) !== 0) source.fail(`string at ${at} does not end in a zero byte`);
  source.countCopy(length * 2);
  return utf8.decode(source.bytes.subarray(at + 4, at + 4 + length));
}

/** A string; the empty one when absent. */
export const text: Field<string> = {
  slots: 1,
  sizes: [4],
  read: (source, at) => (at === 0 ? '' : readText(source, source.indirect(at))),
};

/** Several strings. */
export const texts: Field<readonly string[]> = {
  slots: 1,
  sizes: [4],
  read: (source, at) => readVector(source, at, 4, (element: number) => readText(source, source.indirect(element))),
};

/** Numbers in a row; none when absent. */
export function numbers(kind: ScalarKind): Field<readonly number[]> {
  const {size, read} = scalars[kind];
  return {
    slots: 1,
    sizes: [4],
    read: (source, at) => readVector(source, at, size, element => read(source, element)),
  };
}

/** Bytes, as a view into the file; undefined when absent. */
export const bytes: Field<Uint8Array | undefined> = {
  slots: 1,
  sizes: [4],
  read(source, at) {
    if (at === 0) return undefined;
    const start = source.indirect(at);
    const length = source.u32(start);
    source.check(start + 4, length);
    return source.bytes.subarray(start + 4, start + 4 + length);
  },
};

/** One table; undefined when absent. */
export function child<T>(of: Table<T>): Field<T | undefined> {
  return {slots: 1, sizes: [4], read: (source, at) => (at === 0 ? undefined : of.decode(source, source.indirect(at)))};
}

/** Several tables. */
export function children<T>(of: Table<T>): Field<readonly T[]> {
  return {
    slots: 1,
    sizes: [4],
    read: (source, at) => readVector(source, at, 4, element => of.decode(source, source.indirect(element))),
  };
}

/** One of several tables: `type` is its position in the schema's list counted from 1, 0 for none. */
export interface Choice<T> {
  readonly type: number;
  /** The table's name; empty for none and for members that this list does not know. */
  readonly name: string;
  readonly value: T | undefined;
}

/** A union; members beyond the list are carried by number, their content unread. */
export function choice<T>(members: readonly Table<T>[]): Field<Choice<T>> {
  return {
    slots: 2,
    sizes: [1, 4],
    read(source, at, valueAt) {
      const type = at === 0 ? 0 : source.u8(at);
      const member = members[type - 1];
      const value = member && valueAt !== 0 ? member.decode(source, source.indirect(valueAt)) : undefined;
      return {type, name: member?.name ?? '', value};
    },
  };
}

function readVector<T>(source: FlatbufferSource, at: number, size: number, read: (element: number) => T): readonly T[] {
  if (at === 0) return [];
  const start = source.indirect(at);
  const length = source.u32(start);
  source.check(start + 4, length * size, length === 0 ? 4 : size);
  source.countCopy(length * 8);
  return Array.from({length}, (_, index) => read(start + 4 + index * size));
}
