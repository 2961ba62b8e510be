import test from 'ava';
import {ManifestError, OutputMismatchError} from '../../../src/error/errors.ts';
import type {Manifest} from '../../../src/model/manifest.ts';
import type {DecoderOptions} from '../../../src/task/decoder.ts';
import type {ClassScore} from '../../../src/task/result.ts';
import {createDecoder} from '../../../src/task/table.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {handMade, tensor} from '../models.ts';

interface Settings extends DecoderOptions {
  readonly decode?: Manifest['decode'];
  readonly labels?: readonly string[];
}

function classify(scores: Tensor, {decode = {}, labels = [], ...options}: Settings = {}): readonly ClassScore[] {
  const model = handMade({task: 'classify', family: 'scores', roles: ['scores'], decode, labels, outputs: [scores]});
  const result = createDecoder(model, options)([scores], undefined);
  return result.task === 'classify' ? result.classes : [];
}

const indexesOf = (classes: readonly ClassScore[]) => classes.map(({index}) => index);

test('the best classes come first, five unless asked otherwise', t => {
  const scores = tensor([1, 7], [0.1, 0.3, 0.05, 0.2, 0.15, 0.06, 0.14]);
  t.deepEqual(indexesOf(classify(scores)), [1, 3, 4, 6, 0]);
  t.deepEqual(indexesOf(classify(scores, {top: 2})), [1, 3]);
});

test('equal scores keep the order of the classes', t => {
  t.deepEqual(indexesOf(classify(tensor([1, 6], [1, 2, 3, 3, 3, 2]), {top: 4})), [2, 3, 4, 1]);
});

test('asking for more classes than there are gives all of them', t => {
  t.deepEqual(indexesOf(classify(tensor([1, 2], [0.25, 0.75]), {top: 1001})), [1, 0]);
});

test('labels come from the list, moved by labelOffset; a class beyond it is named by its index', t => {
  const scores = tensor([1, 3], [0.5, 0.25, 0.125]);
  const names = classify(scores, {labels: ['background', 'cat', 'dog'], decode: {labelOffset: 1}}).map(
    ({label}) => label,
  );
  t.deepEqual(names, ['cat', 'dog', 'class 2']);
});

test('scores below the threshold are left out, one that equals it is not', t => {
  t.deepEqual(indexesOf(classify(tensor([1, 3], [0.25, 0.5, 0.125]), {scoreThreshold: 0.25})), [1, 0]);
});

test("the caller's threshold beats the manifest's", t => {
  const scores = tensor([1, 2], [0.25, 0.5]);
  t.deepEqual(indexesOf(classify(scores, {decode: {scoreThreshold: 0.375}})), [1]);
  t.deepEqual(indexesOf(classify(scores, {decode: {scoreThreshold: 0.375}, scoreThreshold: 0.125})), [1, 0]);
});

test('the background class is never reported', t => {
  t.deepEqual(indexesOf(classify(tensor([1, 3], [0.8, 0.15, 0.05]), {decode: {backgroundIndex: 0}})), [1, 2]);
});

// (64 − 0) × 1/256 = 0.25; (−64 − −128) × 1/256 = 0.25; (8192 − 0) × 1/32768 = 0.25
const quantized: readonly [string, Tensor][] = [
  ['uint8', tensor([1, 3], [0, 64, 128], {dtype: 'uint8', quantization: {scale: 1 / 256, zeroPoint: 0}})],
  ['int8', tensor([1, 3], [-128, -64, 0], {dtype: 'int8', quantization: {scale: 1 / 256, zeroPoint: -128}})],
  ['int16', tensor([1, 3], [0, 8192, 16384], {dtype: 'int16', quantization: {scale: 1 / 32768, zeroPoint: 0}})],
];
for (const [dtype, scores] of quantized) {
  test(`${dtype} scores are compared as stored and dequantized`, t => {
    t.deepEqual(classify(scores, {scoreThreshold: 0.25}), [
      {index: 2, label: 'class 2', score: 0.5},
      {index: 1, label: 'class 1', score: 0.25},
    ]);
  });
}

test('a threshold that is a whole number of steps passes although its division is rounded', t => {
  // 0.3 / 0.1 is 2.9999999999999996 and 0.7 / 0.1 is 6.999999999999999 in binary
  const scores = tensor([1, 2], [3, 7], {dtype: 'uint8', quantization: {scale: 0.1, zeroPoint: 0}});
  t.deepEqual(indexesOf(classify(scores, {scoreThreshold: 0.3})), [1, 0]);
  t.deepEqual(indexesOf(classify(scores, {scoreThreshold: 0.7})), [1]);
});

test('float16 scores are read', t => {
  // 0x3800 = 0.5, 0x3400 = 0.25, 0x0001 = 2^-24
  const classes = classify(tensor([1, 3], [0x3400, 0x3800, 0x0001], {dtype: 'float16'}));
  t.deepEqual(
    classes.map(({score}) => score),
    [0.5, 0.25, 2 ** -24],
  );
});

test('softmax makes scores of logits', t => {
  // e^0 : e^ln3 = 1 : 3
  const [best, second] = classify(tensor([1, 2], [0, Math.log(3)]), {decode: {activation: 'softmax'}});
  t.true(Math.abs(best!.score - 0.75) < 1e-7);
  t.true(Math.abs(second!.score - 0.25) < 1e-7);
});

test('softmax of 8-bit logits equals softmax of their real values', t => {
  const stored = [-128, -30, 5, 17, 127];
  const quantization = {scale: 0.05, zeroPoint: -3};
  const real = stored.map(value => (value + 3) * 0.05);
  const decode = {activation: 'softmax'} as const;
  const wanted = classify(tensor([1, 5], real), {decode});
  const got = classify(tensor([1, 5], stored, {dtype: 'int8', quantization}), {decode});
  t.deepEqual(indexesOf(got), indexesOf(wanted));
  got.forEach(({score}, rank) => {
    t.true(Math.abs(score - wanted[rank]!.score) < 1e-6);
  });
});

test('the threshold applies after softmax', t => {
  const logits = tensor([1, 2], [0, Math.log(3)]);
  t.deepEqual(indexesOf(classify(logits, {decode: {activation: 'softmax'}, scoreThreshold: 0.5})), [1]);
});

test('sigmoid scores are independent of one another', t => {
  const [first, second] = classify(tensor([1, 3], [0, -40, 0]), {decode: {activation: 'sigmoid'}, scoreThreshold: 0.5});
  t.is(first?.score, 0.5);
  t.is(second?.index, 2);
});

test('NaN and infinite scores are dropped', t => {
  const scores = tensor([1, 5], [Number.NaN, 0.5, Number.POSITIVE_INFINITY, 0.25, Number.NEGATIVE_INFINITY]);
  for (const activation of ['none', 'sigmoid', 'softmax'] as const) {
    const classes = classify(scores, {decode: {activation}});
    t.deepEqual(indexesOf(classes), [1, 3]);
    t.true(classes.every(({score}) => score > 0 && score < 1));
  }
});

test('a tensor of NaN gives no class', t => {
  t.deepEqual(classify(tensor([1, 2], [Number.NaN, Number.NaN]), {decode: {activation: 'softmax'}}), []);
});

test('scores stay within 0 to 1', t => {
  t.deepEqual(
    classify(tensor([1, 3], [1.5, -0.5, 0.5])).map(({score}) => score),
    [1, 0.5, 0],
  );
});

test('extra dimensions of 1 do not matter', t => {
  t.deepEqual(indexesOf(classify(tensor([1, 1, 1, 3], [1, 3, 2]))), [1, 2, 0]);
  t.deepEqual(indexesOf(classify(tensor([1], [1]))), [0]);
});

test('more than one score vector is refused', t => {
  t.throws(() => classify(tensor([2, 3], [1, 2, 3, 4, 5, 6])), {
    instanceOf: OutputMismatchError,
    message: 'hand-made: output "output" has shape [2, 3], expected one score per class',
  });
});

test('a manifest without the role "scores" is refused when the decoder is made', t => {
  const model = handMade({task: 'classify', family: 'scores', roles: ['logits']});
  t.throws(() => createDecoder(model), {
    instanceOf: ManifestError,
    message: 'hand-made: outputs[].role "scores" is missing; roles given: logits',
  });
});
