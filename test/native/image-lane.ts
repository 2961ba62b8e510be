import {readFileSync} from 'node:fs';
import {readBmp} from '../../src/image/bmp.ts';
import type {PixelFormat} from '../../src/image/frame.ts';
import type {Geometry, ImageInput, Rect} from '../../src/image/input.ts';
import type {Picture} from '../../src/image/picture.ts';
import type {LaneJob} from '../../src/native/api.ts';
import {loadNative} from '../../src/native/load.ts';
import {findTurbojpeg} from '../../src/native/turbojpeg.ts';
import {bytesPerElement} from '../../src/tensor/tensor.ts';
import {sharedData} from '../helpers/shared-data.ts';

const addon = loadNative();
const lane = addon.laneCreate('pictures');
export const turbojpeg = findTurbojpeg().library;

type Input = Partial<ImageInput> & Pick<ImageInput, 'width' | 'height'>;

/** RGB, NHWC, uint8 as it is, stretched, `bilinear`, unless told otherwise. */
export function imageInput(parts: Input): ImageInput {
  const channels = parts.colorOrder === 'gray' ? 1 : 3;
  return {
    layout: 'nhwc',
    colorOrder: 'rgb',
    fit: 'stretch',
    filter: 'bilinear',
    padValue: 0,
    dtype: 'uint8',
    multiply: Array<number>(channels).fill(1),
    add: Array<number>(channels).fill(0),
    ...parts,
  };
}

export interface Prepared {
  readonly bytes: Buffer;
  readonly geometry: Geometry;
}

/** Writes a picture into a fresh input tensor through the addon. */
export async function prepare(picture: Picture, parts: Input, region?: Rect): Promise<Prepared> {
  const input = imageInput(parts);
  const channels = input.colorOrder === 'gray' ? 1 : 3;
  const target = new ArrayBuffer(input.width * input.height * channels * bytesPerElement[input.dtype]);
  return prepareInto(target, picture, input, region);
}

export async function prepareInto(
  target: ArrayBuffer,
  picture: Picture,
  input: ImageInput,
  region?: Rect,
): Promise<Prepared> {
  const job: LaneJob = {
    picture: {
      ...picture,
      input,
      target,
      ...(region === undefined ? {} : {region}),
      ...(turbojpeg === undefined ? {} : {jpeg: turbojpeg}),
    },
  };
  const {geometry} = await addon.laneSubmit(lane, job);
  if (geometry === undefined) throw new Error('a picture gave no geometry');
  return {bytes: Buffer.from(target), geometry};
}

export function picture(format: PixelFormat, width: number, height: number, data: Iterable<number>): Picture {
  return {format, width, height, data: Uint8Array.from(data)};
}

export const sharedBmp = (...name: string[]): Picture => readBmp(readFileSync(sharedData(...name)), name.join('/'));
export const sharedJpeg = (name: string): Picture => ({
  format: 'jpeg',
  width: 0,
  height: 0,
  data: readFileSync(sharedData('images', name)),
});
export const storedBytes = (name: string): Buffer => readFileSync(sharedData('expected', 'io', name));

/** Deterministic numbers from 0 to below `limit`. */
export function randomFrom(seed: number): (limit: number) => number {
  let state = seed;
  return limit => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
}

export function difference(actual: Uint8Array, expected: Uint8Array): {mean: number; max: number} {
  if (actual.length !== expected.length) throw new Error(`${actual.length} bytes against ${expected.length}`);
  let sum = 0;
  let max = 0;
  for (let index = 0; index < actual.length; index++) {
    const off = Math.abs(actual[index]! - expected[index]!);
    sum += off;
    max = Math.max(max, off);
  }
  return {mean: sum / actual.length, max};
}
