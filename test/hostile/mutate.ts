/** Numbers from 0 up to, not including, `limit`. */
export type Random = (limit: number) => number;

/** A generator that gives the same numbers for the same seed on every machine (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** Integers at which counts, sizes and indices go wrong. */
const extremes = [
  0,
  1,
  2,
  -1,
  -2,
  7,
  127,
  128,
  255,
  256,
  4096,
  65_535,
  65_536,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 1,
  -(2 ** 31),
];

type Edit = (bytes: Buffer, random: Random) => Buffer;

const setByte: Edit = (bytes, random) => {
  bytes[random(bytes.length)] = random(256);
  return bytes;
};

const flipBit: Edit = (bytes, random) => {
  const at = random(bytes.length);
  bytes[at] = bytes[at]! ^ (1 << random(8));
  return bytes;
};

const setInteger: Edit = (bytes, random) => {
  const value = extremes[random(extremes.length)]!;
  if (random(4) === 0) bytes.writeUInt16LE(value & 0xffff, random(bytes.length - 2) & ~1);
  else bytes.writeInt32LE(value | 0, random(bytes.length - 4) & ~3);
  return bytes;
};

const addToInteger: Edit = (bytes, random) => {
  const at = random(bytes.length - 4) & ~3;
  bytes.writeInt32LE((bytes.readInt32LE(at) + random(9) - 4) | 0, at);
  return bytes;
};

const spanBytes = [4, 8, 16, 64];

const swapSpans: Edit = (bytes, random) => {
  const size = Math.min(spanBytes[random(spanBytes.length)]!, bytes.length >> 2);
  const a = random(bytes.length - size) & ~3;
  const b = random(bytes.length - size) & ~3;
  const kept = Buffer.from(bytes.subarray(a, a + size));
  bytes.copyWithin(a, b, b + size);
  kept.copy(bytes, b);
  return bytes;
};

const copySpan: Edit = (bytes, random) => {
  const size = Math.min(spanBytes[random(spanBytes.length)]!, bytes.length >> 2);
  const from = random(bytes.length - size) & ~3;
  bytes.copyWithin(random(bytes.length - size) & ~3, from, from + size);
  return bytes;
};

const removeSpan: Edit = (bytes, random) => {
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(16))]);
};

const insertSpan: Edit = (bytes, random) => {
  const at = random(bytes.length);
  return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(1 + random(16), random(256)), bytes.subarray(at)]);
};

/** The kinds that keep the structure readable come more often than those that shift all offsets. */
const edits: readonly Edit[] = [
  ...[setByte, setByte, setByte, flipBit, flipBit, flipBit],
  ...[setInteger, setInteger, setInteger, addToInteger, addToInteger],
  ...[swapSpans, swapSpans, copySpan, removeSpan, insertSpan],
];

/**
 * A damaged copy of a file: one to four edits of bytes, bits, integer fields and spans. The same file and seed give the same
 * copy on every machine.
 */
export function mutate(file: Uint8Array, seed: number): Uint8Array {
  const random = seeded(seed);
  let bytes: Buffer = Buffer.from(file);
  for (let count = [1, 1, 2, 4][random(4)]!; count > 0; count--) bytes = edits[random(edits.length)]!(bytes, random);
  return bytes;
}
