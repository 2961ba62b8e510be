import test from 'ava';
import {delegatesFor, threadsFor} from '../../src/profile/choose.ts';
import {parseProfile} from '../../src/profile/load.ts';

const profile = parseProfile(
  JSON.stringify({
    id: 'x',
    name: 'x',
    fingerprints: [{is: 'arch', value: 'arm64', score: 1}],
    delegates: {onnx: ['jetson', 'cpu']},
    threads: 3,
    cameras: [],
    ffmpeg: {hwaccel: 'none'},
    sources: {},
  }),
  'x.json',
);

test('a run gets the threads of the profile, but no more than there are cores', t => {
  t.deepEqual(
    [8, 3, 2, 1, undefined].map(cores => threadsFor(profile, cores)),
    [3, 3, 2, 1, 3],
  );
});

test('the CPU runs the kinds of model that the profile does not name', t => {
  t.deepEqual(delegatesFor(profile, 'onnx'), ['jetson', 'cpu']);
  t.deepEqual(delegatesFor(profile, 'tflite'), ['cpu']);
});
