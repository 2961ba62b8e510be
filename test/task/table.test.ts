import test from 'ava';
import {ManifestError, OutputMismatchError} from '../../src/error/errors.ts';
import {createDecoder} from '../../src/task/table.ts';
import {handMade, tensor} from './models.ts';

test('a family of another task is refused', t => {
  t.throws(() => createDecoder(handMade({task: 'classify', family: 'yolox', roles: ['predictions']})), {
    instanceOf: ManifestError,
    message: 'hand-made: family "yolox" belongs to task "detect", got task "classify"',
  });
});

test('a role given twice is refused', t => {
  t.throws(() => createDecoder(handMade({task: 'classify', family: 'scores', roles: ['scores', 'scores']})), {
    instanceOf: ManifestError,
    message: 'hand-made: outputs[1].role "scores" was given before, for output 0',
  });
});

test('several outputs may be states or ignored', t => {
  const roles = ['state', 'state', 'ignored', 'ignored', 'scores'] as const;
  t.notThrows(() => createDecoder(handMade({task: 'classify', family: 'scores', roles})));
});

test('an index beyond the outputs of the file is refused', t => {
  const model = handMade({task: 'classify', family: 'scores', roles: ['ignored', 'scores'], outputs: []});
  t.throws(() => createDecoder(model), {
    instanceOf: ManifestError,
    message: 'hand-made: outputs[0].index is 0, expected below 0',
  });
});

test('a session that gives fewer outputs than the manifest names is told so', t => {
  const decode = createDecoder(handMade({task: 'classify', family: 'scores', roles: ['ignored', 'scores']}));
  t.throws(() => decode([tensor([1, 1], [1])], undefined), {
    instanceOf: OutputMismatchError,
    message: 'hand-made: output 1 is missing; the session gave 1',
  });
});

test('detection without a picture input is refused', t => {
  const model = handMade({task: 'detect', family: 'yolox', roles: ['predictions'], input: null});
  t.throws(() => createDecoder(model), {instanceOf: ManifestError, message: /needs an input with the role "image"/});
});

test('a model without a known task reports its raw outputs', t => {
  const decode = createDecoder(handMade({task: 'tensor', family: 'raw', roles: ['ignored']}));
  t.deepEqual(decode([tensor([1, 2], [1, 2], {name: 'embedding', dtype: 'int8'})], undefined), {
    task: 'tensor',
    outputs: [{name: 'embedding', dtype: 'int8', shape: [1, 2]}],
  });
});
