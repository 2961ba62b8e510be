import test from 'ava';
import {decodeModelMetadata, describeTensor, shapesAgree, tensorMetadata} from '../../src/kserve/metadata.ts';

test('a model tells its tensors', t => {
  const metadata = decodeModelMetadata(
    Buffer.from(
      '{"name":"m","versions":["1"],"platform":"onnxruntime_onnx","inputs":[{"name":"x","datatype":"BF16","shape":[-1,3]}],"outputs":[]}',
    ),
  );
  t.deepEqual(metadata, {
    name: 'm',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{name: 'x', datatype: 'BF16', shape: [-1, 3]}],
    outputs: [],
  });
  t.is(describeTensor(metadata.inputs[0]!), 'x: BF16 [-1, 3]');
});

test('a server may leave out what it does not know', t => {
  t.deepEqual(decodeModelMetadata(Buffer.from('{"name":"m","versions":null,"inputs":null}')), {
    name: 'm',
    platform: '',
    inputs: [],
    outputs: [],
  });
});

test('a dimension below -1 is refused', t => {
  const body = Buffer.from('{"name":"m","inputs":[{"name":"x","datatype":"FP32","shape":[-2]}]}');
  t.throws(() => decodeModelMetadata(body), {message: 'inputs[0].shape: expected whole numbers from -1, got -2'});
});

test('shapes agree when every dimension is the same or dynamic', t => {
  t.true(shapesAgree([-1, 3, 224], [1, 3, -1]));
  t.false(shapesAgree([1, 3], [1, 4]));
  t.false(shapesAgree([1, 3], [1, 3, 1]));
  t.true(shapesAgree([], []));
});

test('a spec is told in the words of the protocol', t => {
  t.deepEqual(tensorMetadata({name: 'x', dtype: 'int64', shape: [1]}), {name: 'x', datatype: 'INT64', shape: [1]});
});
