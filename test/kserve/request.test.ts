import test from 'ava';
import {defaultLimits} from '../../src/kserve/limits.ts';
import {decodeRawRequest, decodeRequest} from '../../src/kserve/request.ts';

const input = {name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4]};

function request(fields: object, binary?: Uint8Array, headerLength?: number) {
  const json = Buffer.from(JSON.stringify(fields));
  if (binary === undefined) return decodeRequest(json, headerLength);
  return decodeRequest(Buffer.concat([json, binary]), headerLength ?? json.byteLength);
}

const sized = (size: unknown, more: object = {}) => ({
  inputs: [{name: 'x', datatype: 'FP32', shape: [2], parameters: {binary_data_size: size}, ...more}],
});

test('nested lists are read like flat ones', t => {
  const flat = request({inputs: [input]});
  const nested = request({
    inputs: [
      {
        ...input,
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ],
  });
  t.deepEqual(nested.inputs, flat.inputs);
});

test('64-bit integers keep their last digits', t => {
  const json =
    '{"inputs":[{"name":"x","datatype":"UINT64","shape":[2],"data":[18446744073709551615, 7]},' +
    '{"name":"y","datatype":"INT64","shape":[1,2],"data":[[-9223372036854775808,9007199254740993]]},' +
    '{"name":"z","datatype":"FP64","shape":[1],"data":[4611686018427387904]}]}';
  const [x, y, z] = decodeRequest(Buffer.from(json), undefined).inputs;
  t.deepEqual([...new BigUint64Array(x!.data.buffer)], [18_446_744_073_709_551_615n, 7n]);
  t.deepEqual([...new BigInt64Array(y!.data.buffer)], [-9_223_372_036_854_775_808n, 9_007_199_254_740_993n]);
  t.deepEqual([...new Float64Array(z!.data.buffer)], [2 ** 62]);
});

test('long digits inside of texts stay texts', t => {
  const json = '{"id":"\\"1234567890123456789","inputs":[{"name":"INT64","datatype":"UINT8","shape":[1],"data":[1]}]}';
  t.is(decodeRequest(Buffer.from(json), undefined).id, '"1234567890123456789');
});

test('each output says whether it shall be binary, and the request says it for all', t => {
  const {outputs, binaryOutputs} = request({
    parameters: {binary_data_output: true},
    inputs: [input],
    outputs: [{name: 'a'}, {name: 'b', parameters: {binary_data: false, classification: 3}}],
  });
  t.true(binaryOutputs);
  t.deepEqual(outputs, [
    {name: 'a', binary: true, parameters: {}},
    {name: 'b', binary: false, parameters: {binary_data: false, classification: 3}},
  ]);
});

test('a raw request is the data of the only input, and shows its dynamic dimension', t => {
  const raw = decodeRawRequest(new Uint8Array(24), {name: 'x', dtype: 'float32', shape: [-1, 3]});
  t.deepEqual(raw.inputs[0]!.shape, [2, 3]);
  t.true(raw.binaryOutputs);
  t.throws(() => decodeRawRequest(new Uint8Array(23), {name: 'x', dtype: 'float32', shape: [-1, 3]}), {
    message: 'body: 23 raw bytes do not fit float32 [-1,3] of x',
  });
  t.throws(() => decodeRawRequest(new Uint8Array(24), {name: 'x', dtype: 'float32', shape: [-1, -1]}));
  t.throws(() => decodeRawRequest(new Uint8Array(24), {name: 'x', dtype: 'float32', shape: [0, -1]}));
});

const refused = test.macro<[fields: object, message: string, binary?: Uint8Array, headerLength?: number]>({
  exec(t, fields, message, binary, headerLength) {
    t.throws(() => request(fields, binary, headerLength), {code: 'INPUT_INVALID', message});
  },
  title: (title = '') => `refused: ${title}`,
});

test('a list instead of an object', refused, [], 'body: expected an object, got a list of 0');
test('no inputs', refused, {}, 'inputs: expected a list, got nothing');
test(
  'BYTES',
  refused,
  {inputs: [{...input, datatype: 'BYTES'}]},
  'inputs[0].datatype: BYTES (text) tensors are not supported',
);
test(
  'an unknown datatype',
  refused,
  {inputs: [{...input, datatype: 'FP8'}]},
  'inputs[0].datatype: expected one of BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, FP32, FP64, got "FP8"',
);
test('a name that is there twice', refused, {inputs: [input, input]}, 'inputs[1].name: "x" is there twice');
test('no name', refused, {inputs: [{...input, name: ''}]}, 'inputs[0].name: expected a text, got ""');
test(
  'a negative dimension',
  refused,
  {inputs: [{...input, shape: [-1, 4]}]},
  'inputs[0].shape: expected whole numbers from 0, got -1',
);
test(
  'a shape whose product overflows',
  refused,
  {inputs: [{...input, shape: [2 ** 40, 2 ** 40, 2 ** 40]}]},
  `inputs[0].shape: [${2 ** 40},${2 ** 40},${2 ** 40}] takes more than ${defaultLimits.tensorBytes} bytes`,
);
test(
  'more values promised than the message can hold',
  refused,
  {inputs: [{...input, shape: [50_000_000]}]},
  'inputs[0].data: has fewer values than its shape [50000000]',
);
test(
  'too many dimensions',
  refused,
  {inputs: [{...input, shape: Array(17).fill(1)}]},
  'inputs[0].shape: expected at most 16 entries, got 17',
);
test(
  'too few values',
  refused,
  {inputs: [{...input, data: [1, 2, 3]}]},
  'inputs[0].data: expected a list of 4 for [2,2], got a list of 3',
);
test(
  'a ragged list',
  refused,
  {inputs: [{...input, data: [[1, 2], [3]]}]},
  'inputs[0].data: expected a list of 2 at level 2 for [2,2], got a list of 1',
);
test(
  'a list that is nested too deep',
  refused,
  {
    inputs: [
      {
        ...input,
        data: [
          [1, 2],
          [3, [4]],
        ],
      },
    ],
  },
  'inputs[0].data[3]: expected a value of FP32, got a list of 1',
);
test(
  'a text among numbers',
  refused,
  {inputs: [{...input, data: [1, 2, 3, '4']}]},
  'inputs[0].data[3]: expected a value of FP32, got "4"',
);
test(
  'a number beyond FP32',
  refused,
  {inputs: [{...input, data: [1, 2, 3, 1e39]}]},
  'inputs[0].data[3]: expected a value of FP32, got 1e+39',
);
test(
  'a number beyond FP16',
  refused,
  {inputs: [{...input, datatype: 'FP16', data: [1, 2, 3, 65_520]}]},
  'inputs[0].data[3]: expected a value of FP16, got 65520',
);
test(
  'a fraction as an integer',
  refused,
  {inputs: [{...input, datatype: 'INT32', data: [1, 2, 3, 4.5]}]},
  'inputs[0].data[3]: expected a value of INT32, got 4.5',
);
test(
  'an integer out of range',
  refused,
  {inputs: [{...input, datatype: 'UINT8', data: [0, 255, 256, 1]}]},
  'inputs[0].data[2]: expected a value of UINT8, got 256',
);
test(
  'two as a boolean',
  refused,
  {inputs: [{...input, datatype: 'BOOL', data: [true, 0, 1, 2]}]},
  'inputs[0].data[3]: expected a value of BOOL, got 2',
);
test(
  'binary data without the header',
  refused,
  sized(8),
  'inputs[0].parameters.binary_data_size: there is no header Inference-Header-Content-Length',
);
test(
  'binary data of another size than the shape',
  refused,
  sized(7),
  'inputs[0].parameters.binary_data_size: expected 8 for FP32 [2], got 7',
  new Uint8Array(7),
);
test(
  'binary data that end early',
  refused,
  sized(8),
  'inputs[0]: expected 8 bytes of binary data, got 5',
  new Uint8Array(5),
);
test(
  'binary data of no tensor',
  refused,
  sized(8),
  'body: 2 bytes of binary data belong to no tensor',
  new Uint8Array(10),
);
test(
  'a size that is no number',
  refused,
  sized('8'),
  'inputs[0].parameters.binary_data_size: expected a number of bytes, got "8"',
  new Uint8Array(8),
);
test(
  'data twice',
  refused,
  sized(8, {data: [1, 2]}),
  'inputs[0]: has both data and binary_data_size',
  new Uint8Array(8),
);
test(
  'shared memory',
  refused,
  {
    inputs: [
      {name: 'x', datatype: 'FP32', shape: [2], parameters: {shared_memory_region: 'r', shared_memory_byte_size: 8}},
    ],
  },
  'inputs[0].parameters.shared_memory_region: shared memory is not supported',
);
test('JSON that is cut short', refused, {inputs: [input]}, 'body: is no valid JSON', new Uint8Array(0), 20);

test('refused: an integer of a million digits, at once', t => {
  const json = `{"inputs":[{"name":"x","datatype":"INT64","shape":[1],"data":[${'9'.repeat(1_000_000)}]}]}`;
  t.throws(() => decodeRequest(Buffer.from(json), undefined), {
    message: `inputs[0].data[0]: expected a value of INT64, got "${'9'.repeat(59)}…`,
  });
});

test('refused: an integer beyond 64 bits', t => {
  const json = '{"inputs":[{"name":"x","datatype":"INT64","shape":[1],"data":[9223372036854775808]}]}';
  t.throws(() => decodeRequest(Buffer.from(json), undefined), {
    message: 'inputs[0].data[0]: expected a value of INT64, got "9223372036854775808"',
  });
});

test('refused: bytes that are no UTF-8', t => {
  t.throws(() => decodeRequest(Uint8Array.of(0x22, 0xff, 0x22), undefined), {message: 'body: is no valid JSON'});
});
