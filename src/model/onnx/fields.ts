import {WireReader, wire32, wireBytes, wireVarint} from './wire.ts';

/** A declared field: its number, and how values gather. */
export interface WireField<T> {
  readonly number: number;
  readonly empty: () => T;
  /** Reads one occurrence and gives the new value. */
  read(reader: WireReader, wire: number, current: T): T;
}

/** A declared message. */
export type Message<T> = (reader: WireReader) => T;

/** What a message's fields decode into. */
export type Decoded<Fields extends Record<string, WireField<unknown>>> = {
  readonly [Name in keyof Fields]: Fields[Name] extends WireField<infer T> ? T : never;
};

/** Declares a message; unknown fields are skipped. */
export function message<Fields extends Record<string, WireField<unknown>>>(fields: Fields): Message<Decoded<Fields>> {
  const byNumber = new Map(Object.entries(fields).map(([name, field]) => [field.number, {name, field}]));
  return reader => {
    const decoded: Record<string, unknown> = {};
    for (const {name, field} of byNumber.values()) decoded[name] = field.empty();
    while (!reader.done) {
      const {field: number, wire} = reader.tag();
      if (number === 0) reader.fail('field number 0');
      const known = byNumber.get(number);
      if (known) decoded[known.name] = known.field.read(reader, wire, decoded[known.name]);
      else reader.skip(wire);
    }
    return decoded as Decoded<Fields>;
  };
}

function expect(reader: WireReader, wire: number, expected: number, number: number): void {
  if (wire !== expected) reader.fail(`field ${number} has wire type ${wire}, expected ${expected}`);
}

/** One integer; undefined when absent. */
export function int(number: number): WireField<number | undefined> {
  return {
    number,
    empty: () => undefined,
    read(reader, wire) {
      expect(reader, wire, wireVarint, number);
      return reader.int();
    },
  };
}

/** One 32-bit float; undefined when absent. */
export function float(number: number): WireField<number | undefined> {
  return {
    number,
    empty: () => undefined,
    read(reader, wire) {
      expect(reader, wire, wire32, number);
      return reader.float();
    },
  };
}

function readPacked(
  reader: WireReader,
  wire: number,
  {number, push}: {readonly number: number; push(from: WireReader): void},
): void {
  expect(reader, wire, wireBytes, number);
  const packed = new WireReader(reader.bytes(), reader);
  while (!packed.done) push(packed);
}

/** Integers, packed or one by one. */
export function ints(number: number): WireField<number[]> {
  return {
    number,
    empty: () => [],
    read(reader, wire, current) {
      const push = (from: WireReader) => {
        from.countNumber();
        current.push(from.int());
      };
      if (wire === wireVarint) push(reader);
      else readPacked(reader, wire, {number, push});
      return current;
    },
  };
}

/** 32-bit floats, packed or one by one. */
export function floats(number: number): WireField<number[]> {
  return {
    number,
    empty: () => [],
    read(reader, wire, current) {
      const push = (from: WireReader) => {
        from.countNumber();
        current.push(from.float());
      };
      if (wire === wire32) push(reader);
      else readPacked(reader, wire, {number, push});
      return current;
    },
  };
}

/** Bytes as a view into the file; undefined when absent. */
export function bytes(number: number): WireField<Uint8Array | undefined> {
  return {
    number,
    empty: () => undefined,
    read(reader, wire) {
      expect(reader, wire, wireBytes, number);
      return reader.bytes();
    },
  };
}

/** Bulk data in the rarer layouts: packed bytes kept as views, single values only counted. */
export interface Bulk {
  readonly chunks: Uint8Array[];
  single: number;
}

/** Bulk data; empty when absent. */
export function bulk(number: number): WireField<Bulk> {
  return {
    number,
    empty: () => ({chunks: [], single: 0}),
    read(reader, wire, current) {
      if (wire === wireBytes) current.chunks.push(reader.bytes());
      else {
        reader.skip(wire);
        current.single++;
      }
      return current;
    },
  };
}

/** One string; empty when absent. */
export function text(number: number): WireField<string> {
  return {
    number,
    empty: () => '',
    read(reader, wire) {
      expect(reader, wire, wireBytes, number);
      return reader.text();
    },
  };
}

/** Strings. */
export function texts(number: number): WireField<string[]> {
  return {
    number,
    empty: () => [],
    read(reader, wire, current) {
      expect(reader, wire, wireBytes, number);
      current.push(reader.text());
      return current;
    },
  };
}

/** One message; undefined when absent. `of` is called late, so that messages can contain themselves. */
export function one<T>(number: number, of: () => Message<T>): WireField<T | undefined> {
  return {
    number,
    empty: () => undefined,
    read(reader, wire) {
      expect(reader, wire, wireBytes, number);
      return of()(new WireReader(reader.bytes(), reader));
    },
  };
}

/** Messages. */
export function many<T>(number: number, of: () => Message<T>): WireField<T[]> {
  return {
    number,
    empty: () => [],
    read(reader, wire, current) {
      expect(reader, wire, wireBytes, number);
      current.push(of()(new WireReader(reader.bytes(), reader)));
      return current;
    },
  };
}
