import type {FlatbufferSource} from './source.ts';

/** How to read one declared field. `at` is its place in the table, 0 when the file leaves it out. */
export interface Field<T> {
  /** Table slots it takes: a union takes two, its type and its value. */
  readonly slots: 1 | 2;
  /** Bytes inside the table, per slot. */
  readonly sizes: readonly number[];
  read(source: FlatbufferSource, at: number, valueAt: number): T;
}

/** The object that a table's fields decode into. */
export type Decoded<Fields extends Record<string, Field<unknown>>> = {
  readonly [Name in keyof Fields]: Fields[Name] extends Field<infer T> ? T : never;
};

/** A declared table. */
export interface Table<T> {
  readonly name: string;
  /** Verifies and reads the table at `at`, with everything it refers to. @throws {ModelInvalidError} */
  decode(source: FlatbufferSource, at: number): T;
}

/** Declares a table; the order of `fields` is the order of the schema file. */
export function table<Fields extends Record<string, Field<unknown>>>(
  name: string,
  fields: Fields,
): Table<Decoded<Fields>> {
  const entries = Object.entries(fields);
  return {
    name,
    decode(source, at) {
      source.countTable();
      source.countCopy(entries.length * 8);
      const slots = openTable(source, name, at);
      const decoded: Record<string, unknown> = {};
      let slot = 0;
      for (const [key, field] of entries) {
        const first = slots(slot, field.sizes[0] ?? 0);
        const second = field.slots === 2 ? slots(slot + 1, field.sizes[1] ?? 0) : 0;
        decoded[key] = field.read(source, first, second);
        slot += field.slots;
      }
      return decoded as Decoded<Fields>;
    },
  };
}

/** Checks a table's head and gives back a function from slot number to position (0: absent). */
function openTable(source: FlatbufferSource, name: string, at: number): (slot: number, size: number) => number {
  const vtable = at - source.i32(at);
  const vtableBytes = source.u16(vtable);
  if (vtableBytes < 4 || vtableBytes % 2 !== 0) source.fail(`${name} at ${at} has a vtable of ${vtableBytes} bytes`);
  source.check(vtable, vtableBytes);
  const tableBytes = source.u16(vtable + 2);
  if (tableBytes < 4) source.fail(`${name} at ${at} has a length of ${tableBytes} bytes`);
  source.check(at, tableBytes);
  return (slot, size) => {
    const entry = 4 + slot * 2;
    if (entry + 2 > vtableBytes) return 0;
    const offset = source.u16(vtable + entry);
    if (offset === 0) return 0;
    if (offset < 4 || offset + size > tableBytes) source.fail(`${name} at ${at} has a field outside itself`);
    return at + offset;
  };
}

/** Reads the table that a buffer starts with. */
export function decodeRoot<T>(source: FlatbufferSource, root: Table<T>): T {
  source.check(0, 8);
  return root.decode(source, source.indirect(0));
}
