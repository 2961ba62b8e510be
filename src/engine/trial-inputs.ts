import type {DType, Tensor} from '../tensor/tensor.ts';

/** Fills an input tensor, whatever its dtype. */
export type Fill = (tensor: Tensor) => void;

/** Little-endian bytes of one element. */
type Pattern = Readonly<Record<DType, readonly number[]>>;

const largest: Pattern = {
  float16: [0xff, 0x7b],
  float32: [0xff, 0xff, 0x7f, 0x7f],
  float64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f],
  int8: [0x7f],
  uint8: [0xff],
  int16: [0xff, 0x7f],
  uint16: [0xff, 0xff],
  int32: [0xff, 0xff, 0xff, 0x7f],
  uint32: [0xff, 0xff, 0xff, 0xff],
  int64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  uint64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  bool: [1],
};

const lowest: Pattern = {
  float16: [0xff, 0xfb],
  float32: [0xff, 0xff, 0x7f, 0xff],
  float64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0xff],
  int8: [0x80],
  uint8: [0],
  int16: [0, 0x80],
  uint16: [0, 0],
  int32: [0, 0, 0, 0x80],
  uint32: [0, 0, 0, 0],
  int64: [0, 0, 0, 0, 0, 0, 0, 0x80],
  uint64: [0, 0, 0, 0, 0, 0, 0, 0],
  bool: [0],
};

/** Not a number; for integers −1, the index that is nowhere. */
const nowhere: Pattern = {
  ...largest,
  float16: [0, 0x7e],
  float32: [0, 0, 0xc0, 0x7f],
  float64: [0, 0, 0, 0, 0, 0, 0xf8, 0x7f],
  int8: [0xff],
  int16: [0xff, 0xff],
  int32: [0xff, 0xff, 0xff, 0xff],
  int64: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
};

/** 1000: past the end of most tables, and small enough to be taken for an index or a size. */
const thousand: Pattern = {
  ...largest,
  float16: [0xd0, 0x63],
  float32: [0, 0, 0x7a, 0x44],
  float64: [0, 0, 0, 0, 0, 0x40, 0x8f, 0x40],
  int16: [0xe8, 0x03],
  uint16: [0xe8, 0x03],
  int32: [0xe8, 0x03, 0, 0],
  uint32: [0xe8, 0x03, 0, 0],
  int64: [0xe8, 0x03, 0, 0, 0, 0, 0, 0],
  uint64: [0xe8, 0x03, 0, 0, 0, 0, 0, 0],
};

const repeat =
  (pattern: Pattern): Fill =>
  ({dtype, data}) => {
    const bytes = pattern[dtype];
    for (let index = 0; index < data.length; index++) data[index] = bytes[index % bytes.length] ?? 0;
  };

const isWide = (dtype: DType) => /32|64|bool/.test(dtype);

/** Deterministic bytes for 8- and 16-bit inputs, a small positive number for floats; wider integers, often indices, become 0. */
const ordinary: Fill = tensor => {
  const {dtype, data} = tensor;
  data.fill(0);
  if (dtype.startsWith('float')) {
    const step = {float16: 2, float32: 4, float64: 8}[dtype as 'float16' | 'float32' | 'float64'];
    for (let index = step - 1; index < data.length; index += step) data[index] = 0x3c;
  } else if (!isWide(dtype)) scramble(tensor);
};

const scramble: Fill = ({data}) => {
  let state = 0x9e3779b9;
  for (let index = 0; index < data.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[index] = state >>> 24;
  }
};

/** What a model meets in ordinary use. */
export const ordinaryFills: readonly Fill[] = [({data}) => data.fill(0), ordinary];

/** What no caller's numbers are checked for before a run: not-a-numbers, indices that are nowhere, sizes beyond all memory. */
export const extremeFills: readonly Fill[] = [
  repeat(nowhere),
  repeat(largest),
  repeat(lowest),
  repeat(thousand),
  tensor => (tensor.dtype === 'bool' ? repeat(largest)(tensor) : scramble(tensor)),
];
