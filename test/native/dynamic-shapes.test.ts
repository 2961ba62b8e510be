import test from 'ava';
import {openSession} from '../helpers/native-session.ts';
import {tinyTflite} from '../helpers/tiny-tflite.ts';

const int32 = 2;

/** What Keras writes for `Flatten` of a dynamic batch: the shape is computed, so memory is planned during the run. */
const flatten = tinyTflite({
  tensors: [
    {shape: [1, 2, 2]},
    {shape: [3], type: int32},
    {shape: [1], type: int32, constant: Int32Array.of(0)},
    {shape: [1], type: int32, constant: Int32Array.of(1)},
    {shape: [], type: int32},
    {shape: [], type: int32, constant: Int32Array.of(4)},
    {shape: [2], type: int32},
    {shape: [1, 4]},
    {shape: [1, 4]},
  ],
  operators: [
    {code: 77, inputs: [0], outputs: [1], options: {type: 55, fields: [{byte: int32}]}},
    {code: 45, inputs: [1, 2, 3, 3], outputs: [4], options: {type: 32, fields: [0, 0, 0, 0, 1]}},
    {code: 83, inputs: [4, 5], outputs: [6], options: {type: 59, fields: [2, 0]}},
    {code: 22, inputs: [0, 6], outputs: [7]},
    {code: 19, inputs: [7], outputs: [8]},
  ],
  inputs: [0],
  outputs: [8],
});

for (const version of ['2.21.0', '2.18.0'] as const) {
  for (const xnnpack of [true, false]) {
    test(`a model whose later tensors get memory only during a run gives its result: ${version}, XNNPACK ${xnnpack}`, async t => {
      const session = await openSession('flatten', {model: flatten, xnnpack}, version);
      t.teardown(() => session.close());
      const input = session.inputs[0]!.data;
      for (const values of [
        [1, -2, 3, -4],
        [-1, 5, -6, 7],
      ]) {
        input.set(new Uint8Array(Float32Array.from(values).buffer));
        await session.run();
        const {shape, data} = session.outputs[0]!;
        t.deepEqual([...shape], [1, 4]);
        t.deepEqual(
          [...new Float32Array(data.slice().buffer)],
          values.map(value => Math.max(0, value)),
        );
      }
    });
  }
}
