import test from 'ava';
import {ModelInvalidError} from '../../../src/error/errors.ts';
import {readTflite} from '../../../src/model/tflite/contents.ts';
import {buildTflite, codes, floats, int32s, type ModelPlan, type SubgraphPlan, types} from './build-tflite.ts';
import {f32, i8, i32, table, writeFlatbuffer} from './write-flatbuffer.ts';

/** One operator between input 0 and output 1; more tensors follow. */
const add: SubgraphPlan = {
  tensors: [{shape: [1, 4]}, {shape: [1, 4]}],
  inputs: [0],
  outputs: [1],
  operators: [{code: codes.EXP, inputs: [0], outputs: [1]}],
};

const model = (subgraph: Partial<SubgraphPlan>, more: Partial<ModelPlan> = {}): ModelPlan => ({
  subgraphs: [{...add, ...subgraph}],
  ...more,
});

test('a plain graph is read', t => {
  const {header} = readTflite(buildTflite(model({})));

  t.deepEqual(header.inputs, [{name: '', dtype: 'float32', shape: [1, 4]}]);
  t.deepEqual(header.operators, [{name: 'EXP', count: 1, custom: false}]);
  t.is(header.description, 'made by a test');
});

test('custom operators are listed by name', t => {
  const operators = [{code: codes.CUSTOM, custom: 'fake-op', inputs: [0], outputs: [1]}];
  const {header} = readTflite(buildTflite(model({operators})));

  t.deepEqual(header.customOps, ['fake-op']);
});

const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, plan: ModelPlan, message: RegExp) {
    t.throws(() => readTflite(buildTflite(plan)), {instanceOf: ModelInvalidError, message});
  },
});

test('another file identifier', refuses, model({}, {identifier: 'TFL2'}), /identifier is not TFL3/);
test('another schema version', refuses, model({}, {version: 2}), /schema version 2, expected 3/);
test('a file without subgraphs', refuses, {subgraphs: []}, /no subgraph/);
test('a graph without outputs', refuses, model({outputs: []}), /1 inputs and 0 outputs/);
test('an input that is no tensor', refuses, model({inputs: [9]}), /inputs: name tensor 9, there are 2/);
test('an input listed twice', refuses, model({inputs: [0, 0]}), /lists an input twice/);
test(
  'an output that nothing computes',
  refuses,
  model({operators: []}),
  /tensor 1 "": a graph output that nothing computes/,
);
test(
  'an unknown built-in operator',
  refuses,
  model({operators: [{code: 5000, inputs: [0], outputs: [1]}]}),
  /built-in operator 5000 is not known/,
);
test(
  'a custom operator without a name',
  refuses,
  model({operators: [{code: codes.CUSTOM, inputs: [0], outputs: [1]}]}),
  /a custom operator has no name/,
);
test(
  'a left-out output',
  refuses,
  model({operators: [{code: codes.EXP, inputs: [0], outputs: [-1]}]}),
  /outputs: name tensor -1/,
);
test(
  'an operator that reads what comes later',
  refuses,
  model({
    tensors: [{shape: [1, 4]}, {shape: [1, 4]}, {shape: [1, 4]}],
    operators: [
      {code: codes.EXP, inputs: [2], outputs: [1]},
      {code: codes.EXP, inputs: [0], outputs: [2]},
    ],
  }),
  /operator 0 EXP: reads tensor 2, which nothing has computed yet/,
);
test(
  'two operators that write one tensor',
  refuses,
  model({
    operators: [
      {code: codes.EXP, inputs: [0], outputs: [1]},
      {code: codes.EXP, inputs: [0], outputs: [1]},
    ],
  }),
  /operator 1 EXP: writes to tensor 1, which is written elsewhere/,
);
test(
  'an operator that writes to a constant',
  refuses,
  model({tensors: [{shape: [1, 4]}, {shape: [1, 4], data: floats(4)}]}),
  /writes to tensor 1, which is constant/,
);
test(
  'a constant that is shorter than its shape',
  refuses,
  model({tensors: [...add.tensors, {shape: [3], data: floats(2)}]}),
  /tensor 2 "": 8 bytes of contents, shape \[3\] of float32 takes 12/,
);
test(
  'a buffer number beyond the list',
  refuses,
  model({tensors: [{shape: [1, 4], buffer: 7}, {shape: [1, 4]}]}),
  /names buffer 7, the file has 1/,
);
test(
  'a negative dimension',
  refuses,
  model({tensors: [{shape: [1, -4]}, {shape: [1, 4]}]}),
  /negative dimension in \[1,-4\]/,
);
test(
  'a shape whose product overflows',
  refuses,
  model({tensors: [{shape: [65_536, 65_536, 65_536]}, {shape: [1, 4]}]}),
  /takes more than 1073741824 bytes/,
);
test('an input without elements', refuses, model({tensors: [{shape: [1, 0]}, {shape: [1, 0]}]}), /has no elements/);
test(
  'an unknown element type',
  refuses,
  model({tensors: [{shape: [1, 4], type: 99}, {shape: [1, 4]}]}),
  /element type 99 is not known/,
);
test(
  'scales for a dimension that is not there',
  refuses,
  model({tensors: [{shape: [1, 4], type: types.int8, scales: [0.1, 0.2], dimension: 2}, {shape: [1, 4]}]}),
  /quantized_dimension 2 of a tensor with 2 dimensions/,
);
test(
  'as many scales as no dimension has elements',
  refuses,
  model({tensors: [{shape: [1, 4], type: types.int8, scales: [0.1, 0.2], dimension: 1}, {shape: [1, 4]}]}),
  /2 scales for dimension 1 of \[1,4\]/,
);
test(
  'a scale that is not a number',
  refuses,
  model({tensors: [{shape: [1, 4], type: types.int8, scales: [Number.NaN]}, {shape: [1, 4]}]}),
  /scale NaN is neither 0 nor a positive number/,
);
test(
  'a zero point outside the type',
  refuses,
  model({tensors: [{shape: [1, 4], type: types.uint8, scales: [1], zeroPoints: [256]}, {shape: [1, 4]}]}),
  /zero point 256 of a tensor of uint8/,
);
test(
  'more tensors at once than memory holds',
  refuses,
  model({
    tensors: [{shape: [1, 16_384, 16_384]}, {shape: [1, 16_384, 16_384]}, {shape: [1, 16_384, 16_384]}],
    operators: [
      {code: codes.EXP, inputs: [0], outputs: [1]},
      {code: codes.ADD, inputs: [0, 1], outputs: [2]},
    ],
    outputs: [2],
  }),
  /needs more than 2147483648 bytes for its tensors/,
);
test(
  'string contents whose offsets go backwards',
  refuses,
  model({
    tensors: [...add.tensors, {shape: [2], type: types.string, data: int32s(2, 16, 12, 16)}],
  }),
  /string 1 starts at 12, expected 16 to 16/,
);
test(
  'a call of a subgraph that is not there',
  refuses,
  model({operators: [...add.operators, {code: codes.CALL_ONCE, inputs: [], outputs: [], options: [103, i32(4)]}]}),
  /operator 1 CALL_ONCE: calls subgraph 4, the file has 1/,
);
test(
  'a subgraph that calls itself',
  refuses,
  model({
    operators: [{code: codes.WHILE, inputs: [0], outputs: [1], options: [93, i32(0), i32(0)]}],
  }),
  /subgraph 0: calls itself/,
);
test(
  'a variable that is read in another shape than it was written',
  refuses,
  model({
    tensors: [...add.tensors, {shape: [1], type: types.resource}, {shape: [1, 9]}],
    operators: [
      ...add.operators,
      {code: codes.VAR_HANDLE, inputs: [], outputs: [2], options: [111, null, null]},
      {code: codes.ASSIGN_VARIABLE, inputs: [2, 0], outputs: []},
      {code: codes.READ_VARIABLE, inputs: [2], outputs: [3]},
    ],
  }),
  /operator 3 READ_VARIABLE: variable "\/" is float32 \[1,9\] here and float32 \[1,4\] elsewhere/,
);

test('an offset beyond the end is refused', t => {
  const bytes = buildTflite(model({}));
  new DataView(bytes.buffer).setUint32(0, 1 << 30, true);

  t.throws(() => readTflite(bytes), {instanceOf: ModelInvalidError, message: /reach past the end of the file/});
});

test('a root table at an odd place is refused', t => {
  const bytes = buildTflite(model({}));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, view.getUint32(0, true) + 1, true);

  t.throws(() => readTflite(bytes), {instanceOf: ModelInvalidError, message: /is not aligned to 4 bytes/});
});

test('tables shared a million times do not multiply memory', t => {
  const count = 40_000;
  const bytes = buildTflite(model({tensors: [...add.tensors, ...new Array(count).fill({shape: []})]}));
  // Every tensor of the list becomes the same one.
  const view = new DataView(bytes.buffer);
  const list = findVector(view, count + 2);
  const target = list + 4 + view.getUint32(list + 4, true);
  for (let index = 1; index < count + 2; index++)
    view.setUint32(list + 4 + index * 4, target - (list + 4 + index * 4), true);

  t.notThrows(() => readTflite(bytes));
});

/** Position of the first vector with this many elements. */
function findVector(view: DataView, length: number): number {
  for (let at = 0; at < view.byteLength; at += 4) if (view.getUint32(at, true) === length) return at;
  throw new Error(`no vector of ${length}`);
}

test('a flatbuffer of something else with the right identifier is refused', t => {
  const bytes = writeFlatbuffer(table(i8(3), f32(1)), 'TFL3');

  t.throws(() => readTflite(bytes), {instanceOf: ModelInvalidError});
});

test('thousands of operators on one long list are given up on', t => {
  const count = 300;
  const plan = model({
    tensors: [
      {shape: [4]},
      {shape: [500_000], type: types.int32, data: new Uint8Array(2_000_000)},
      ...new Array(count).fill({shape: [500_000]}),
    ],
    outputs: [2],
    operators: Array.from({length: count}, (_, index) => ({code: codes.GATHER, inputs: [0, 1], outputs: [2 + index]})),
  });

  t.throws(() => readTflite(buildTflite(plan)), {
    instanceOf: ModelInvalidError,
    message: /looks at too many constants/,
  });
});
