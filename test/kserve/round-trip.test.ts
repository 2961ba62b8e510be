import test from 'ava';
import fc from 'fast-check';
import {decodeRequest, encodeRequest} from '../../src/kserve/request.ts';
import {decodeResponse, encodeResponse} from '../../src/kserve/response.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';
import {anyTensors, arrived, tensor} from './tensors.ts';

function plain(tensors: readonly Tensor[]) {
  return tensors.map(({name, dtype, shape, data}) => ({name, dtype, shape, data: [...data]}));
}

test('requests come back as they were sent, in JSON and in binary', t => {
  const property = fc.property(anyTensors, fc.boolean(), (tensors, binaryInputs) => {
    const body = encodeRequest(tensors, {binaryInputs, binaryOutputs: true});
    const request = decodeRequest(arrived(body), body.headerLength);
    t.deepEqual(plain(request.inputs), plain(tensors));
    t.true(request.binaryOutputs);
  });
  t.notThrows(() => fc.assert(property, {numRuns: 500}));
});

test('responses come back as they were sent, with some outputs in JSON and some in binary', t => {
  const property = fc.property(anyTensors, fc.array(fc.boolean(), {minLength: 4}), (tensors, binary) => {
    const names = new Set(tensors.filter((_, index) => binary[index]).map(({name}) => name));
    const body = encodeResponse({modelName: 'm', id: '7'}, tensors, name => names.has(name));
    const response = decodeResponse(arrived(body), body.headerLength);
    t.deepEqual(plain(response.outputs), plain(tensors));
    t.is(response.id, '7');
  });
  t.notThrows(() => fc.assert(property, {numRuns: 500}));
});

test('a binary request is the JSON, then the inputs themselves without a copy', t => {
  const input = tensor('x', 'uint8', [1, 3], Uint8Array.of(1, 2, 3));
  const {parts, headerLength, byteLength} = encodeRequest([input], {binaryInputs: true, binaryOutputs: true});
  t.is(
    new TextDecoder().decode(parts[0]),
    '{"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[1,3],"datatype":"UINT8","parameters":{"binary_data_size":3}}]}',
  );
  t.is(parts[1], input.data);
  t.is(headerLength, parts[0]!.byteLength);
  t.is(byteLength, headerLength! + 3);
});

test('a JSON request names values as numbers, and has no header length', t => {
  const inputs = [
    tensor('a', 'float32', [2], Float32Array.of(0.5, -3)),
    tensor('b', 'bool', [2], Uint8Array.of(0, 1)),
    tensor('c', 'int64', [2], BigInt64Array.of(-9_223_372_036_854_775_808n, 1n)),
    tensor('d', 'float16', [1], Uint16Array.of(0x3c00)),
  ];
  const {parts, headerLength} = encodeRequest(inputs, {
    binaryInputs: false,
    binaryOutputs: false,
    outputs: ['y'],
    id: 'q',
  });
  t.is(headerLength, undefined);
  t.is(
    new TextDecoder().decode(parts[0]),
    '{"id":"q","inputs":[{"name":"a","shape":[2],"datatype":"FP32","data":[0.5,-3]},' +
      '{"name":"b","shape":[2],"datatype":"BOOL","data":[false,true]},' +
      '{"name":"c","shape":[2],"datatype":"INT64","data":[-9223372036854775808,1]},' +
      '{"name":"d","shape":[1],"datatype":"FP16","data":[1]}],"outputs":[{"name":"y"}]}',
  );
});
