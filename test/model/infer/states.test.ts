import test from 'ava';
import {findStates} from '../../../src/model/infer/states.ts';
import {type ContentsPlan, contentsOf} from './contents.ts';

const nothingTaken = {inputs: new Set<number>(), outputs: new Set<number>()};

const links = (plan: ContentsPlan, taken = nothingTaken) =>
  findStates(contentsOf(plan), taken).map(({output, input}) => `${output}→${input}`);

const named = (name: string, shape: readonly number[] = [1, 8]) => ({name, shape});

test('states are paired by the words that their names share', t => {
  const plan = {
    inputs: [named('raw_inputs/init_lstm_c'), named('raw_inputs/init_lstm_h')],
    outputs: [named('raw_outputs/lstm_h'), named('raw_outputs/lstm_c')],
  };

  t.deepEqual(links(plan), ['1→0', '0→1']);
});

test('dynamic dimensions fit any', t => {
  t.deepEqual(links({inputs: [named('state', [2, -1, 128])], outputs: [named('stateN', [-1, -1, -1])]}), ['0→0']);
});

test('an output of another shape is no state', t => {
  t.deepEqual(links({inputs: [named('state', [1, 8])], outputs: [named('state_out', [1, 9])]}), []);
});

test('an output of another quantization is no state', t => {
  const quantization = {scale: 0.5, zeroPoint: 0};

  t.deepEqual(links({inputs: [named('state')], outputs: [{...named('state'), dtype: 'int8', quantization}]}), []);
});

test('names that do not speak of state are left alone', t => {
  const plan = {inputs: [named('serving_default_x:0')], outputs: [named('StatefulPartitionedCall:0')]};

  t.deepEqual(links(plan), []);
});

test('tensors with another role are left alone', t => {
  const plan = {inputs: [named('state')], outputs: [named('state')]};

  t.deepEqual(links(plan, {inputs: new Set([0]), outputs: new Set<number>()}), []);
});
