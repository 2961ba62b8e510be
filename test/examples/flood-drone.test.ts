import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageRoot} from '../../src/native/package-root.ts';
import type {DetectResult, SegmentResult} from '../../src/task/result.ts';
import {iou} from '../helpers/cases.ts';
import {cli} from '../helpers/cli.ts';

type Box = readonly [label: string, x: number, y: number, width: number, height: number, visible: number];
interface TruthFrame {
  readonly water: number;
  readonly objects: readonly Box[];
}

const folder = join(packageRoot, 'examples', 'flood-drone');
const clip = join(folder, 'flight.mjpeg');
const truth = (JSON.parse(readFileSync(join(folder, 'flight.truth.json'), 'utf8')) as {frames: TruthFrame[]}).frames;

async function resultsOf<R>(file: string): Promise<R[]> {
  const {status, json, err} = await cli('infer', join(folder, 'models', file), clip, '--json');
  if (status !== 0) throw new Error(err);
  return json<{result: R}>().map(({result}) => result);
}

for (const file of ['water/water.tflite', 'water/water.onnx']) {
  test(`${file} finds the share of water in every frame of the flight within 0.12, on average within 0.03`, async t => {
    const results = await resultsOf<SegmentResult>(file);
    t.is(results.length, truth.length);
    const errors = results.map(({classes}, frame) => {
      const fraction = classes.find(({label}) => label === 'water')?.fraction ?? 0;
      return Math.abs(fraction - truth[frame]!.water);
    });
    t.true(Math.max(...errors) < 0.12, `largest ${Math.max(...errors)}`);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    t.true(mean < 0.03, `mean ${mean}`);
  });
}

for (const file of ['objects/objects.tflite', 'objects/objects.onnx']) {
  test(`${file} finds people, cars and boats on the flight with an F1 of at least 0.75 at IoU 0.4`, async t => {
    const results = await resultsOf<DetectResult>(file);
    let hits = 0;
    let wanted = 0;
    let wrong = 0;
    for (const [frame, {detections}] of results.entries()) {
      const open = [...truth[frame]!.objects];
      wanted += open.filter(([, , , , , visible]) => visible >= 0.5).length;
      for (const {label, box} of detections) {
        const match = open.findIndex(([name, x, y, w, h]) => name === label && iou([x, y, x + w, y + h], box) >= 0.4);
        const [found] = match < 0 ? [] : open.splice(match, 1);
        if (found === undefined) wrong++;
        else if (found[5] >= 0.5) hits++; // hidden objects are neither required nor held against the detector
      }
    }
    const f1 = (2 * hits) / (hits + wrong + wanted);
    t.true(f1 >= 0.75, `F1 ${f1.toFixed(3)}`);
  });
}
