// Answers "N" on stdin with "WALL_MS CPU_MS" for N runs of tfjs-tflite-node: tfjs-invoke.mjs PREFIX MODEL
import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';

const top = createRequire(`${process.argv[2]}/package.json`);
// Its own tfjs-core: tensors of another copy are refused.
const require = createRequire(top.resolve('tfjs-tflite-node'));
const tf = require('@tensorflow/tfjs-core');
require('@tensorflow/tfjs-backend-cpu');
const {loadTFLiteModel} = require('tfjs-tflite-node');
console.warn = () => undefined; // "converting int32 to uint8", at every run
const model = await loadTFLiteModel(process.argv[3], {numThreads: 1});
const [input] = model.inputs;
const zeros = tf.zeros(
  input.shape.map(size => Math.max(size, 1)),
  input.dtype,
);
/** `predict` makes tensors of the outputs, which fails for int64; then the bare runner has to do. */
function chooseRun() {
  try {
    tf.dispose(model.predict(zeros));
    return () => tf.dispose(model.predict(zeros));
  } catch {
    return () => model.modelRunner.infer();
  }
}

const run = chooseRun();
for await (const line of createInterface({input: process.stdin})) {
  const wall = performance.now();
  const before = process.cpuUsage();
  for (let left = Number(line); left > 0; left--) run();
  const {user, system} = process.cpuUsage(before);
  process.stdout.write(`${performance.now() - wall} ${(user + system) / 1000}\n`);
}
