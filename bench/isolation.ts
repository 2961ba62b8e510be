import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import type {Lane, LaneJob, NativeSession} from '../src/native/api.ts';
import {spawnHost} from '../src/native/host/spawn.ts';
import {loadNative} from '../src/native/load.ts';
import {findTflite} from '../src/native/runtime.ts';
import {xnnpackFlags} from '../src/native/xnnpack.ts';
import {tinyTflite} from '../test/helpers/tiny-tflite.ts';
import {median} from './lib/peer.ts';
import {progress, type Row} from './lib/report.ts';

const side = 300;
const targetMs = 0.3;
const uint8 = 3;
const int32 = 2;

/** Copies twelve bytes of a picture: what is left is the way to the model and back. */
const almostNothing = tinyTflite({
  tensors: [
    {shape: [1, side, side, 3], type: uint8},
    {shape: [4], type: int32, constant: Int32Array.of(0, 0, 0, 0)},
    {shape: [4], type: int32, constant: Int32Array.of(1, 2, 2, 3)},
    {shape: [1, 2, 2, 3], type: uint8},
  ],
  operators: [{code: 65, inputs: [0, 1, 2], outputs: [3]}],
  inputs: [0],
  outputs: [3],
});
const real = 'coco_ssd_mobilenet_v1_1.0_quant_2018_06_29';

/** A frame of 300 × 300 through the same model in this process and in a device's process, in turns. */
export async function benchIsolation(data: string, rounds: number): Promise<Row[]> {
  const bytes = readFileSync(join(data, 'models', `${real}.tflite`));
  return [
    ...(await compare('an empty model', almostNothing, rounds * 200, {target: `≤ ${targetMs} ms`})),
    ...(await compare(real, bytes, rounds * 20)),
  ];
}

async function compare(name: string, model: Uint8Array, pairs: number, goal?: {target: string}): Promise<Row[]> {
  progress(`isolation: ${name}`);
  const {local, hosted, close} = await open(model);
  const warmUps = 20;
  const times: {readonly here: number; readonly there: number}[] = [];
  for (let pair = -warmUps; pair < pairs; pair++) {
    const [here, there] = [await local(), await hosted()];
    if (pair >= 0) times.push({here, there});
  }
  await close();
  const overheadMs = median(times.map(({here, there}) => there - here));
  const row = (peer: string, value: number): Row => ({
    bench: 'isolation',
    what: `300 × 300, ${name}`,
    peer,
    value,
    unit: 'ms',
  });
  return [
    row('in this process', median(times.map(({here}) => here))),
    row('in a process of its own', median(times.map(({there}) => there))),
    {...row('added by that', overheadMs), ...(goal && {...goal, met: overheadMs <= targetMs})},
  ];
}

/** The model opened in both places; each function runs one frame and gives its milliseconds. */
async function open(model: Uint8Array) {
  const addon = loadNative();
  const {library, path} = findTflite();
  const host = spawnHost({key: 'bench', engine: 'tflite', library: path});
  const lanes = [addon.laneCreate('local'), addon.laneCreate('hosted')] as const;
  const xnnpack = {flags: xnnpackFlags};
  const local = await addon.sessionOpen(lanes[0], library, {model, threads: 1, xnnpack, delegates: []});
  const {session: hosted} = await addon.hostedOpen(lanes[1], addon.hostConnect(host.parentSocket), {
    model,
    options: [
      ['threads', '1'],
      ['xnnpack', String(xnnpackFlags)],
    ],
    share: 1,
    timeoutMs: 60_000,
  });
  const close = async () => {
    for (const lane of lanes) await addon.laneClose(lane);
    addon.hostClose(host.parentSocket);
    host.kill();
    await host.exited;
  };
  return {local: frameOf(lanes[0], local), hosted: frameOf(lanes[1], hosted), close};
}

/** Fits a picture into the input and runs the model. @returns a function that gives the milliseconds of one frame */
function frameOf(lane: Lane, session: NativeSession): () => Promise<number> {
  const addon = loadNative();
  const input = {
    width: side,
    height: side,
    layout: 'nhwc',
    colorOrder: 'rgb',
    fit: 'stretch',
    filter: 'nearest',
    padValue: 0,
    dtype: 'uint8',
    multiply: [1, 1, 1],
    add: [0, 0, 0],
  } as const;
  const pixels = new Uint8Array(side * side * 3).map((_, index) => index * 7);
  const target = addon.sessionTensors(session).inputs[0]!.buffer;
  const job: LaneJob = {session, picture: {data: pixels, format: 'rgb', width: side, height: side, input, target}};
  return async () => {
    const startedAt = performance.now();
    await addon.laneSubmit(lane, job);
    return performance.now() - startedAt;
  };
}
