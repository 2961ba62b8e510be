import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import sharp from 'sharp';
import {decodeImageFile} from '../src/image/decode.ts';
import type {ImageInput} from '../src/image/input.ts';
import type {Picture} from '../src/image/picture.ts';
import type {JpegLibrary} from '../src/native/api.ts';
import {loadNative} from '../src/native/load.ts';
import {findTurbojpeg} from '../src/native/turbojpeg.ts';
import {median} from './lib/peer.ts';
import type {Row} from './lib/report.ts';

const side = 224;
const runsPerRound = 20;
const targetsMs: Readonly<Record<string, number>> = {jpeg: 1.5, rgb: 0.6};

const input: ImageInput = {
  width: side,
  height: side,
  layout: 'nhwc',
  colorOrder: 'rgb',
  fit: 'stretch',
  filter: 'bilinear',
  padValue: 0,
  dtype: 'uint8',
  multiply: [1, 1, 1],
  add: [0, 0, 0],
};

/** A 720p picture into a 224 x 224 uint8 tensor: the addon on one thread, interleaved with sharp on one. */
export async function benchNativeImage(data: string, rounds: number): Promise<Row[]> {
  sharp.concurrency(1);
  const bytes = readFileSync(join(data, 'images', 'cat_720p.jpg'));
  const rgb = await decodeImageFile(bytes, 'cat_720p.jpg');
  const {width, height} = rgb;
  const raw = (format: Picture['format'], size: number): Picture => ({
    width,
    height,
    format,
    data: new Uint8Array(size).fill(90),
  });
  const frames: Readonly<Record<string, Picture>> = {
    jpeg: {width, height, format: 'jpeg', data: bytes},
    rgb,
    rgba: raw('rgba', width * height * 4),
    nv12: raw('nv12', (width * height * 3) / 2),
    i420: raw('i420', (width * height * 3) / 2),
    yuyv: raw('yuyv', width * height * 2),
  };
  const addon = addonRunner(findTurbojpeg().library);
  const peers: Readonly<Record<string, () => Promise<unknown>>> = {
    ...Object.fromEntries(Object.entries(frames).map(([format, frame]) => [format, () => addon(frame)])),
    'jpeg, sharp': () => sharp(bytes).resize(side, side, {fit: 'fill', kernel: 'linear'}).raw().toBuffer(),
    'rgb, sharp': () =>
      sharp(rgb.data, {raw: {width, height, channels: 3}})
        .resize(side, side, {fit: 'fill', kernel: 'linear'})
        .raw()
        .toBuffer(),
  };
  const times = new Map<string, number[]>(Object.keys(peers).map(name => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, run] of Object.entries(peers)) {
      const ms = await fastest(run);
      if (round > 0) times.get(name)!.push(ms); // the first round warms up
    }
  }
  return [...times].map(([name, rounded]) => toRow(name, rounded, times.get(`${name}, sharp`)));
}

function addonRunner(jpeg: JpegLibrary | undefined): (frame: Picture) => Promise<unknown> {
  const native = loadNative();
  const lane = native.laneCreate('bench');
  const target = new ArrayBuffer(side * side * 3);
  return frame => native.laneSubmit(lane, {picture: {...frame, input, target, ...(jpeg === undefined ? {} : {jpeg})}});
}

/** The least of a round's runs: what the work costs when nothing else wants the core. */
async function fastest(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < runsPerRound; index++) {
    const startedAt = performance.now();
    await run();
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}

function toRow(name: string, ms: readonly number[], sharpMs: readonly number[] | undefined): Row {
  const [format = name, peer = 'dunlin'] = name.split(', ');
  const value = median(ms);
  const target = peer === 'dunlin' ? targetsMs[format] : undefined;
  return {
    bench: 'image',
    what: `720p ${format} to ${side} x ${side} uint8`,
    peer,
    value,
    unit: 'ms',
    ...(sharpMs === undefined ? {} : {ratio: value / median(sharpMs)}),
    ...(target === undefined ? {} : {target: `${target} ms`, met: value <= target}),
  };
}
