import test, {type ExecutionContext} from 'ava';
import {loadModel} from '../../../src/model/load.ts';
import type {Model} from '../../../src/model/model.ts';
import {createDecoder} from '../../../src/task/table.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {handMade} from '../models.ts';
import {casesOf, dataPath, type ReferenceCase, readLabels, storedOutputs} from '../reference.ts';

/** Picture classifiers by the start of the case's name, with the label file beside them; AutoML's is packed in the model. */
const pictureModels: Readonly<Record<string, string | undefined>> = {
  mobilenet_v1: 'imagenet_labels.txt',
  mobilenet_v2: 'imagenet_labels.txt',
  tf2_mobilenet: 'imagenet_labels.txt',
  pretrainedResnet: 'cifar10_labels.txt',
  vww_96: 'vww_labels.txt',
  automl_labeler: undefined,
};

for (const [prefix, labels] of Object.entries(pictureModels)) {
  for (const stored of casesOf(prefix)) {
    test(`${stored.case}: the best classes agree with the reference`, async t => {
      const labelsPath = labels && dataPath(`labels/${labels}`);
      const model = await loadModel(dataPath(stored.model), {...(labelsPath && {labelsPath})});
      agrees(t, model, stored, storedOutputs(stored));
    });
  }
}

/** Classifiers of sounds, words and strokes, whose task no model file tells. */
const otherModels: Readonly<Record<string, readonly string[]>> = {
  kws_ref: readLabels('kws_labels.txt'),
  micro_speech: readLabels('micro_speech_labels.txt'),
  keras_lstm_mnist: readLabels('mnist_labels.txt'),
  mnist_lstm_float: readLabels('mnist_labels.txt'),
  yamnet: readLabels('yamnet_521_labels.txt'),
  movie_review: ['Negative', 'Positive'],
};

for (const [prefix, labels] of Object.entries(otherModels)) {
  for (const stored of casesOf(prefix)) {
    test(`${stored.case}: the best classes agree with the reference`, t => {
      const outputs = storedOutputs(stored);
      const model = handMade({task: 'classify', family: 'scores', roles: ['scores'], labels, outputs, input: null});
      agrees(t, model, stored, outputs);
    });
  }
}

for (const stored of casesOf('person_detect')) {
  test(`${stored.case}: the best classes agree with the reference`, t => {
    // The case leaves out the quantization that the model file gives.
    const outputs = storedOutputs(stored).map(
      (output): Tensor => ({...output, quantization: {scale: 1 / 256, zeroPoint: -128}}),
    );
    const labels = readLabels('vww_labels.txt');
    const model = handMade({task: 'classify', family: 'scores', roles: ['scores'], labels, outputs, input: null});
    agrees(t, model, stored, outputs);
  });
}

function agrees(t: ExecutionContext, model: Model, stored: ReferenceCase, outputs: Tensor[]) {
  const expected = stored.decoded?.top ?? [];
  const result = createDecoder(model, {top: expected.length})(outputs, undefined);
  t.true(expected.length > 0);
  if (result.task !== 'classify') {
    t.fail(`task is ${result.task}`);
    return;
  }
  t.deepEqual(
    result.classes.map(({index, label}) => ({index, label})),
    expected.map(({index, label}) => ({index, label})),
  );
  for (const [rank, {score}] of expected.entries()) {
    // Stored with six decimals.
    t.true(Math.abs(result.classes[rank]!.score - score) < 6e-7);
  }
}
