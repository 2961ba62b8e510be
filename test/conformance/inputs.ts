import {readFile} from 'node:fs/promises';
import type {Frame} from '../../src/image/frame.ts';
import {readJpegHeader} from '../../src/image/jpeg-header.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';
import {sharedData} from '../helpers/shared-data.ts';

/** Repeatable numbers in every input: bytes for quantized inputs, 0–1 for floats, 0 for indices. */
export function fillInputs(inputs: readonly Tensor[], seed: number): void {
  let state = Math.imul(seed, 0x9e3779b9) >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
  for (const {dtype, data} of inputs) {
    const {buffer, byteOffset, byteLength} = data;
    if (dtype === 'float32') {
      const values = new Float32Array(buffer, byteOffset, byteLength / 4);
      for (let index = 0; index < values.length; index++) values[index] = next() / 2 ** 24;
    } else if (dtype === 'int8' || dtype === 'uint8') {
      for (let index = 0; index < data.length; index++) data[index] = next() >>> 16;
    } else data.fill(0);
  }
}

const captured = {sequence: 0, capturedAtNs: 0n, wallClockMs: 0} as const;

/** A photograph, still compressed. */
export async function jpegFrame(): Promise<Frame> {
  const data = await readFile(sharedData('images', 'pets.jpg'));
  const {width, height} = readJpegHeader(data)!;
  return {...captured, width, height, format: 'jpeg', data};
}

/** A gradient of RGB pixels. */
export function rawFrame(width: number, height: number): Frame {
  const data = Uint8Array.from({length: width * height * 3}, (_, index) => index % 251);
  return {...captured, width, height, format: 'rgb', data};
}
