/**
 * Microseconds per decode, one family per worker thread as in a pipeline: `node dist/bench/decoders.js [--json]`.
 * Inputs are random numbers with a few clear winners, from a fixed seed.
 */
import {cpus} from 'node:os';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {createDecoder} from '../src/task/table.ts';
import type {DType, Tensor} from '../src/tensor/tensor.ts';
import {type HandMadeModel, handMade, stretched, tensor} from '../test/task/models.ts';

interface Case {
  readonly model: Omit<HandMadeModel, 'outputs'>;
  readonly outputs: () => readonly Tensor[];
}

const random = seeded(1);
const cases: Readonly<Record<string, Case>> = {
  'classify 1001 uint8': classify('none', 'uint8'),
  'classify 1001 uint8 softmax': classify('softmax', 'uint8'),
  'classify 1001 float32 softmax': classify('softmax', 'float32'),
  'yolox 416 float32, 10 objects': {
    model: {task: 'detect', family: 'yolox', roles: ['predictions'], input: [416, 416], layout: 'nchw'},
    outputs: () => [yoloxOutput(10)],
  },
  'yolox 416 float32, every row a candidate': {
    model: {task: 'detect', family: 'yolox', roles: ['predictions'], input: [416, 416], layout: 'nchw'},
    outputs: () => [yoloxOutput(3549)],
  },
  'ssd-anchors 300, 91 classes, uint8': {
    model: {
      task: 'detect',
      family: 'ssd-anchors',
      roles: ['boxes', 'scores'],
      input: [300, 300],
      decode: {
        anchors: {
          strides: [16, 32, 64, 128, 256, 512],
          perCell: [3, 6, 6, 6, 6, 6],
          minScale: 0.2,
          maxScale: 0.95,
          reduceLowest: true,
        },
        backgroundIndex: 0,
      },
    },
    outputs: () => [
      noise([1, 1917, 4], 'uint8', 0.05, 128, () => 128),
      noise([1, 1917, 91], 'uint8', 0.1, 128, at => (at % 9100 === 17 ? 160 : 60 + 40 * random())),
    ],
  },
  'semantic 513 x 513 x 21 uint8': segment('uint8', 'nhwc'),
  'semantic 513 x 513 x 21 float32': segment('float32', 'nhwc'),
  'semantic 21 x 513 x 513 float32': segment('float32', 'nchw'),
  'semantic 513 x 513 int64 labels': {
    model: {task: 'segment', family: 'semantic', roles: ['labels'], input: [513, 513]},
    outputs: () => [noise([1, 513, 513], 'int64', 1, 0, at => blob(at))],
  },
};

function classify(activation: 'none' | 'softmax', dtype: DType): Case {
  return {
    model: {task: 'classify', family: 'scores', roles: ['scores'], decode: {activation}, input: [224, 224]},
    outputs: () => [noise([1, 1001], dtype, 1 / 256, 0, at => (at === 286 ? 200 : 20 * random()))],
  };
}

function segment(dtype: DType, layout: 'nhwc' | 'nchw'): Case {
  const pixels = 513 * 513;
  const score = (pixel: number, channel: number) => 70 * random() + (channel === blob(pixel) ? 70 : 0);
  return {
    model: {task: 'segment', family: 'semantic', roles: ['logits'], input: [513, 513], layout},
    outputs: () => [
      layout === 'nhwc'
        ? noise([1, 513, 513, 21], dtype, 0.1, 0, at => score(Math.floor(at / 21), at % 21))
        : noise([1, 21, 513, 513], dtype, 0.1, 0, at => score(at % pixels, Math.floor(at / pixels))),
    ],
  };
}

/** A class that covers patches of 64 × 64 pixels. */
function blob(pixel: number): number {
  return (Math.floor((pixel % 513) / 64) + Math.floor(pixel / 513 / 64)) % 21;
}

function yoloxOutput(objects: number): Tensor {
  const every = Math.floor(3549 / objects);
  return noise([1, 3549, 85], 'float32', 1, 0, at => {
    const column = at % 85;
    if (column < 4) return random();
    const isObject = Math.floor(at / 85) % every === 0;
    return isObject && (column === 4 || column === 20) ? 0.7 + 0.3 * random() : 0.05 * random();
  });
}

function noise(
  shape: readonly number[],
  dtype: DType,
  scale: number,
  zeroPoint: number,
  value: (at: number) => number,
): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Array.from({length: count}, (_, at) => (dtype === 'float32' ? value(at) : Math.round(value(at))));
  const quantized = dtype !== 'float32' && scale !== 1;
  return tensor(shape, values, {dtype, ...(quantized && {quantization: {scale, zeroPoint}})});
}

/** Park and Miller's generator. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Measurement {
  readonly name: string;
  readonly leastUs: number;
  readonly medianUs: number;
  readonly p95Us: number;
}

function measure(name: string): Measurement {
  const {model, outputs} = cases[name] as Case;
  const tensors = outputs();
  const decode = createDecoder(handMade({...model, outputs: tensors}));
  const [width, height] = model.input ?? [1, 1];
  const geometry = stretched([1280, 720], [width, height]);
  const times: number[] = [];
  const stopAt = performance.now() + 1000;
  while (performance.now() < stopAt || times.length < 50) {
    const before = performance.now();
    decode(tensors, geometry);
    times.push(1000 * (performance.now() - before));
  }
  const settled = times.slice(Math.floor(times.length / 4)).sort((a, b) => a - b);
  const at = (share: number) => settled[Math.floor(share * settled.length)] ?? Number.NaN;
  return {name, leastUs: at(0), medianUs: at(0.5), p95Us: at(0.95)};
}

if (isMainThread) {
  const measurements: Measurement[] = [];
  for (const name of Object.keys(cases)) {
    const worker = new Worker(new URL(import.meta.url), {workerData: name});
    measurements.push(
      await new Promise<Measurement>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      }),
    );
  }
  const machine = {cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version};
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({machine, measurements})}\n`);
  } else {
    process.stdout.write(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; µs: least, median, p95\n`);
    for (const {name, leastUs, medianUs, p95Us} of measurements) {
      process.stdout.write(
        `${name.padEnd(44)} ${[leastUs, medianUs, p95Us].map(us => us.toFixed(1).padStart(10)).join(' ')}\n`,
      );
    }
  }
} else {
  parentPort?.postMessage(measure(workerData as string));
}
