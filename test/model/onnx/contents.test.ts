import test from 'ava';
import {ModelInvalidError, ModelUnsupportedError} from '../../../src/error/errors.ts';
import {readOnnx} from '../../../src/model/onnx/contents.ts';
import {
  buildOnnx,
  constant,
  encode,
  type FieldPlan,
  type GraphPlan,
  graph,
  integers,
  ints,
  value,
} from './build-onnx.ts';

const relu: GraphPlan = {
  nodes: [{op: 'Relu', inputs: ['x'], outputs: ['y']}],
  inputs: [value('x', [1, 4])],
  outputs: [value('y', [1, 4])],
};

test('a plain graph is read', t => {
  const {header} = readOnnx(buildOnnx(relu));

  t.deepEqual(header.inputs, [{name: 'x', dtype: 'float32', shape: [1, 4]}]);
  t.deepEqual(header.outputs, [{name: 'y', dtype: 'float32', shape: [1, 4]}]);
  t.deepEqual(header.operators, [{name: 'Relu', count: 1, custom: false}]);
  t.is(header.description, 'made by a test');
});

test('named dimensions are dynamic, and filled in where the graph tells', t => {
  const {header} = readOnnx(
    buildOnnx({...relu, inputs: [value('x', ['batch', 4])], outputs: [value('y', ['batch', 'classes'])]}),
  );

  t.deepEqual(header.inputs[0]?.shape, [-1, 4]);
  t.deepEqual(header.outputs[0]?.shape, [-1, 4]);
});

test('operators of other domains are custom and carry their domain', t => {
  const {header} = readOnnx(
    buildOnnx({...relu, nodes: [{op: 'FusedConv', domain: 'com.microsoft', inputs: ['x'], outputs: ['y']}]}),
  );

  t.deepEqual(header.customOps, ['com.microsoft::FusedConv']);
});

test('initializers that are listed as inputs need not be given', t => {
  const {header} = readOnnx(
    buildOnnx({
      ...relu,
      nodes: [{op: 'Add', inputs: ['x', 'w'], outputs: ['y']}],
      inputs: [value('x', [1, 4]), value('w', [4])],
      constants: [constant('w', [4])],
    }),
  );

  t.deepEqual(
    header.inputs.map(({name}) => name),
    ['x'],
  );
  t.is(header.weightBytes, 16);
});

test('metadata is read, with producer and operator sets', t => {
  const {header} = readOnnx(
    buildOnnx(relu, [
      [2, 'maker'],
      [3, '1.2'],
      [
        14,
        [
          [1, 'names'],
          [2, "{0: 'cat'}"],
        ],
      ],
    ]),
  );

  t.deepEqual(header.metadata, {producer: 'maker 1.2', ir_version: '8', opset: 'ai.onnx 13', names: "{0: 'cat'}"});
});

test('multiply-accumulates follow shapes that only the graph gives', t => {
  const plan: GraphPlan = {
    nodes: [
      {op: 'Conv', inputs: ['x', 'w'], outputs: ['c'], attributes: [ints('strides', 2, 2), ints('pads', 1, 1, 1, 1)]},
      {op: 'Reshape', inputs: ['c', 'shape'], outputs: ['r']},
      {op: 'MatMul', inputs: ['r', 'm'], outputs: ['y']},
    ],
    inputs: [value('x', [1, 3, 8, 8])],
    outputs: [value('y', [])],
    constants: [constant('w', [4, 3, 3, 3]), integers('shape', 1, -1), constant('m', [64, 10])],
  };
  const {header} = readOnnx(buildOnnx({...plan, outputs: [value('y', [1, 10])]}));

  // 4×4 positions × 4 filters × 27 weights, then 64 × 10.
  t.is(header.macs, 16 * 4 * 27 + 640);
});

test('of two branches the larger counts', t => {
  const branch = (name: string, size: number): readonly FieldPlan[] =>
    graph({
      nodes: [{op: 'MatMul', inputs: ['x', name], outputs: [`${name}-y`]}],
      inputs: [],
      outputs: [value(`${name}-y`, [1, size])],
      constants: [constant(name, [4, size])],
    });
  const {header} = readOnnx(
    buildOnnx({
      nodes: [
        {
          op: 'If',
          inputs: ['c'],
          outputs: ['y'],
          attributes: [
            [
              [1, 'then_branch'],
              [6, branch('small', 2)],
            ],
            [
              [1, 'else_branch'],
              [6, branch('large', 5)],
            ],
          ],
        },
      ],
      inputs: [value('x', [1, 4]), value('c', [], 9)],
      outputs: [value('y', ['n'])],
    }),
  );

  t.is(header.macs, 20);
});

const refuses = test.macro({
  title: (title = '') => `refused: ${title}`,
  exec(t, bytes: Uint8Array, message: RegExp) {
    t.throws(() => readOnnx(bytes), {instanceOf: ModelInvalidError, message});
  },
});

test(
  'a file without a graph',
  refuses,
  encode([
    [1, 8],
    [8, [[2, 13]]],
  ]),
  /the file has no graph/,
);
test(
  'a file without operator sets',
  refuses,
  encode([
    [1, 8],
    [7, graph(relu)],
  ]),
  /imports no operator set/,
);
test('an IR version of 0', refuses, encode([[7, graph(relu)]]), /IR version 0/);
test('a graph without outputs', refuses, buildOnnx({...relu, outputs: []}), /the graph has no outputs/);
test(
  'a node that reads what nothing has computed',
  refuses,
  buildOnnx({...relu, nodes: [{op: 'Relu', inputs: ['z'], outputs: ['y']}]}),
  /node "" Relu: reads "z", which nothing has computed yet/,
);
test(
  'a value defined twice',
  refuses,
  buildOnnx({...relu, nodes: [...relu.nodes, ...relu.nodes]}),
  /the value "y" is defined twice/,
);
test(
  'an output that nothing computes',
  refuses,
  buildOnnx({...relu, outputs: [value('z', [1])]}),
  /graph "made by a test" output: reads "z"/,
);
test(
  'a constant that is shorter than its shape',
  refuses,
  buildOnnx({...relu, constants: [constant('w', [4], new Uint8Array(12))]}),
  /initializer "w": holds 3 elements of float, shape \[4\] takes 4/,
);
test(
  'a constant of more elements than memory holds',
  refuses,
  buildOnnx({...relu, constants: [constant('w', [65_536, 65_536], new Uint8Array(4))]}),
  /shape \[65536,65536\] has more than/,
);
test(
  'a constant of an unknown type',
  refuses,
  buildOnnx({
    ...relu,
    constants: [
      [
        [1, 1],
        [2, 99],
        [8, 'w'],
      ],
    ],
  }),
  /data type 99/,
);
test('a length beyond the end', refuses, Uint8Array.of(0x08, 8, 0x3a, 0x7f, 1), /127 bytes at/);
test('a number that never ends', refuses, Uint8Array.of(0x08, ...new Array(12).fill(0xff)), /more than ten bytes/);
test(
  'a field of the wrong wire type',
  refuses,
  encode([
    [1, 8],
    [7, 5],
  ]),
  /field 7 has wire type 0, expected 2/,
);

test('refused: graphs nested without end', t => {
  let inner: readonly FieldPlan[] = graph(relu);
  for (let depth = 0; depth < 60; depth++)
    inner = [
      [
        1,
        [
          [4, 'If'],
          [5, [[6, inner]]],
        ],
      ],
    ];

  t.throws(
    () =>
      readOnnx(
        encode([
          [1, 8],
          [7, inner],
        ]),
      ),
    {instanceOf: ModelInvalidError, message: /nested more than 64 deep/},
  );
});

test('constants in another file are refused, with the file named', t => {
  const outside: readonly FieldPlan[] = [
    [1, 4],
    [2, 1],
    [8, 'w'],
    [
      13,
      [
        [1, 'location'],
        [2, '../../etc/passwd'],
      ],
    ],
    [14, 1],
  ];

  t.throws(() => readOnnx(buildOnnx({...relu, constants: [outside]})), {
    instanceOf: ModelUnsupportedError,
    message: /initializer "w": its data lie outside the file, in "\.\.\/\.\.\/etc\/passwd"/,
  });
});

test('inputs that are no tensors are refused', t => {
  const sequence: readonly FieldPlan[] = [
    [1, 'x'],
    [2, [[4, []]]],
  ];

  t.throws(() => readOnnx(buildOnnx({...relu, inputs: [sequence]})), {
    instanceOf: ModelUnsupportedError,
    message: /input "x": it is not a tensor/,
  });
});

test('refused: more messages than memory should hold', t => {
  const nodes = new Uint8Array(1_200_000);
  for (let at = 0; at < nodes.length; at += 2) nodes[at] = 0x0a;

  t.throws(
    () =>
      readOnnx(
        encode([
          [1, 8],
          [7, nodes],
        ]),
      ),
    {instanceOf: ModelInvalidError, message: /more than 500000 messages/},
  );
});

test('a list that doubles with every node is not followed', t => {
  const doubling = Array.from({length: 60}, (_, index) => ({
    op: 'Concat',
    inputs: [`v${index}`, `v${index}`],
    outputs: [`v${index + 1}`],
  }));
  const plan: GraphPlan = {
    nodes: [...doubling, {op: 'Reshape', inputs: ['x', 'v60'], outputs: ['y']}],
    inputs: [value('x', [1, 4])],
    outputs: [value('y', [1, 4])],
    constants: [integers('v0', 1, 4)],
  };

  t.deepEqual(readOnnx(buildOnnx(plan)).header.outputs[0]?.shape, [1, 4]);
});
