/** A part of a flatbuffer that is stored where its table stands, or behind an offset. */
type Part =
  | {readonly kind: 'inline'; readonly size: 1 | 4; readonly value: number}
  | {readonly kind: 'table'; readonly fields: readonly (Part | undefined)[]}
  | {readonly kind: 'tables'; readonly items: readonly Part[]}
  | {readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly count: number; readonly align: number};

const byte = (value: number): Part => ({kind: 'inline', size: 1, value});
const int = (value: number): Part => ({kind: 'inline', size: 4, value});
const fields = (...parts: readonly (Part | undefined)[]): Part => ({kind: 'table', fields: parts});
const list = (items: readonly Part[]): Part => ({kind: 'tables', items});
const data = (bytes: Uint8Array): Part => ({kind: 'bytes', bytes, count: bytes.length, align: 16});
const ints = (values: readonly number[]): Part => {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return {kind: 'bytes', bytes, count: values.length, align: 4};
};
const text = (value: string): Part => {
  const bytes = Buffer.from(`${value}\0`);
  return {kind: 'bytes', bytes, count: bytes.length - 1, align: 4};
};

/** Writes parts front to back; every offset points forward. */
class Writer {
  #bytes = Buffer.alloc(1 << 20);
  #length = 8;

  finish(root: Part): Uint8Array {
    this.#bytes.write('TFL3', 4, 'latin1');
    this.#bytes.writeUInt32LE(this.#write(root), 0);
    return this.#bytes.subarray(0, (this.#length + 3) & ~3);
  }

  #reserve(size: number, align: number, after = 0): number {
    while ((this.#length + after) % align !== 0) this.#length++;
    const at = this.#length;
    this.#length += size;
    return at;
  }

  #write(part: Part): number {
    if (part.kind === 'table') return this.#writeTable(part.fields);
    if (part.kind === 'tables') return this.#writeTables(part.items);
    if (part.kind === 'inline') throw new Error('a number has no place of its own');
    const at = this.#reserve(4 + part.bytes.length, part.align, 4);
    this.#bytes.writeUInt32LE(part.count, at);
    this.#bytes.set(part.bytes, at + 4);
    return at;
  }

  #link(at: number, part: Part): void {
    this.#bytes.writeUInt32LE(this.#write(part) - at, at);
  }

  #writeTables(items: readonly Part[]): number {
    const at = this.#reserve(4 + items.length * 4, 4);
    this.#bytes.writeUInt32LE(items.length, at);
    items.forEach((item, index) => {
      this.#link(at + 4 + index * 4, item);
    });
    return at;
  }

  #writeTable(parts: readonly (Part | undefined)[]): number {
    const vtable = this.#reserve(4 + parts.length * 2, 4);
    const at = this.#reserve(4 + parts.length * 4, 4);
    this.#bytes.writeInt32LE(at - vtable, at);
    this.#bytes.writeUInt16LE(4 + parts.length * 2, vtable);
    this.#bytes.writeUInt16LE(4 + parts.length * 4, vtable + 2);
    parts.forEach((part, index) => {
      if (!part) return;
      const place = 4 + index * 4;
      this.#bytes.writeUInt16LE(place, vtable + 4 + index * 2);
      if (part.kind !== 'inline') this.#link(at + place, part);
      else if (part.size === 1) this.#bytes.writeUInt8(part.value & 0xff, at + place);
      else this.#bytes.writeInt32LE(part.value, at + place);
    });
    return at;
  }
}

export interface TinyTensor {
  readonly shape: readonly number[];
  /** Schema code; 0 is float32, 2 int32. */
  readonly type?: number;
  readonly constant?: Float32Array | Int32Array;
}

export interface TinyOperator {
  /** Code of the built-in operator; 32 for a custom one. */
  readonly code: number;
  readonly custom?: {readonly name: string; readonly options: Uint8Array};
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Position of the options in the schema's union, and their fields; `byte` fields are written as one byte. */
  readonly options?: {readonly type: number; readonly fields: readonly (number | {readonly byte: number})[]};
}

export interface TinyModel {
  readonly tensors: readonly TinyTensor[];
  readonly operators: readonly TinyOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Bytes of a TFLite model with one subgraph. @see https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/compiler/mlir/lite/schema/schema.fbs */
export function tinyTflite({tensors, operators, inputs, outputs}: TinyModel): Uint8Array {
  const buffers: Part[] = [fields()];
  const tensorTables = tensors.map(({shape, type = 0, constant}, index) => {
    if (constant) buffers.push(fields(data(new Uint8Array(constant.buffer))));
    return fields(ints(shape), byte(type), int(constant ? buffers.length - 1 : 0), text(`t${index}`));
  });
  const operatorTables = operators.map((operator, index) => {
    const values = operator.options?.fields.map(value => (typeof value === 'number' ? int(value) : byte(value.byte)));
    return fields(
      int(index),
      ints(operator.inputs),
      ints(operator.outputs),
      operator.options && byte(operator.options.type),
      values && fields(...values),
      operator.custom && data(operator.custom.options),
    );
  });
  const codes = operators.map(({code, custom}) => fields(byte(code), custom && text(custom.name), int(1), int(code)));
  const subgraph = fields(list(tensorTables), ints(inputs), ints(outputs), list(operatorTables), text('main'));
  return new Writer().finish(fields(int(3), list(codes), list([subgraph]), text('tiny'), list(buffers)));
}
