import test from 'ava';
import sharp from 'sharp';
import {loadModel} from '../../../src/model/load.ts';
import {createDecoder} from '../../../src/task/table.ts';
import {stretched, tensor} from '../models.ts';
import {dataPath, readCase, storedOutputs} from '../reference.ts';

test('DeepLab: the class map gives the reference pixel counts', async t => {
  const stored = readCase('deeplabv3_dm05__bird_segmentation');
  const picture = sharp(dataPath('expected/io/deeplabv3_dm05__bird_segmentation.classmap.png'));
  const classMap = await picture.extractChannel(0).raw().toBuffer();
  const labelsPath = dataPath('labels/pascal_voc_segmentation_labels.txt');
  const decode = createDecoder(await loadModel(dataPath(stored.model), {labelsPath}));
  const output = tensor([1, 513, 513], [...classMap], {dtype: 'int64'});

  const result = decode([output], stretched([513, 513], [513, 513]));

  if (result.task !== 'segment') throw new Error('not a segmentation');
  t.deepEqual(
    Object.fromEntries(result.classes.map(({label, fraction}) => [label, Math.round(fraction * 513 * 513)])),
    stored.decoded?.pixels_per_class,
  );
  t.deepEqual(Buffer.from(result.mask), classMap);
});

test('selfie segmentation: the person covers what lies at or above one half', async t => {
  const stored = readCase('selfie_segmentation__grace_hopper');
  const outputs = storedOutputs(stored);
  const probabilities = new Float32Array(outputs[0]!.data.buffer);
  const decode = createDecoder({...(await loadModel(dataPath(stored.model))), labels: ['person']});

  const result = decode(outputs, stretched([512, 600], [256, 256]));

  if (result.task !== 'segment') throw new Error('not a segmentation');
  t.deepEqual([result.width, result.height], [256, 256]);
  const covered = probabilities.filter(probability => probability >= 0.5).length / 65_536;
  t.deepEqual(result.classes, [{index: 1, label: 'person', fraction: covered}]);
  t.true(Math.abs(covered - 0.58) < 0.01);
});
