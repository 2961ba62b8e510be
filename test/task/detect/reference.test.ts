import test from 'ava';
import {loadModel} from '../../../src/model/load.ts';
import {createDecoder} from '../../../src/task/table.ts';
import {dataPath, readCase, storedOutputs} from '../reference.ts';
import {agrees, referenceGeometry} from './expect.ts';

/** Size of the case's picture. All that decoding needs besides comes from the model file itself. */
const pictures: Readonly<Record<string, readonly [number, number]>> = {
  coco_ssd_mobilenet_v1__cats_and_dogs: [1200, 600],
  coco_ssd_mobilenet_v1__kite_and_cold: [1352, 900],
  coco_ssd_mobilenet_v1__pets: [512, 430],
  traffic_model__frame0001: [256, 256],
  traffic_model__frame0002: [256, 256],
  traffic_model__frame0003: [256, 256],
  blazeface_short__face: [512, 355],
  blazeface_short__grace_hopper: [512, 600],
  blazeface_short__posenet_test_image: [640, 480],
  ultraface_rfb320__face: [512, 355],
  ultraface_rfb320__grace_hopper: [512, 600],
  ultraface_rfb320__posenet_test_image: [640, 480],
  fastestdet__cats_and_dogs: [1200, 600],
  fastestdet__kite_and_cold: [1352, 900],
  fastestdet__pets: [512, 430],
  yolox_nano__cats_and_dogs: [1200, 600],
};

for (const [name, picture] of Object.entries(pictures)) {
  test(`${name}: labels, scores and boxes agree with the reference`, async t => {
    const stored = readCase(name);
    const model = await loadModel(dataPath(stored.model));
    const {width = 0, height = 0} = model.image?.input ?? {};
    // Family defaults hold, but the traffic reference goes below that of its family.
    const decode = createDecoder(model, name.startsWith('traffic') ? {scoreThreshold: 0.25} : {});

    agrees(t, decode(storedOutputs(stored), referenceGeometry(stored, picture, [width, height])), stored);
  });
}
