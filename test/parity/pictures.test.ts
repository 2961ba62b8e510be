import {basename} from 'node:path';
import test from 'ava';
import type {ClassifyResult, DetectResult, SegmentResult} from '../../src/task/result.ts';
import {iou, type StoredCase, storedCases} from '../helpers/cases.ts';
import {cli} from '../helpers/cli.ts';
import {sharedData} from '../helpers/shared-data.ts';

const pictureOf = (stored: StoredCase) =>
  sharedData(stored.source.startsWith('traffic_') ? 'video-frames' : 'images', basename(stored.source));
const isPicture = (stored: StoredCase) => /\.(jpg|bmp|png)$/.test(stored.source ?? '');
const run = async <R>(stored: StoredCase, ...flags: readonly string[]) => {
  const {status, err, json} = await cli('infer', sharedData(stored.model), pictureOf(stored), '--json', ...flags);
  return {status, err, result: json<{result: R}>()[0]?.result};
};

for (const stored of [...storedCases('.tflite'), ...storedCases('.onnx')].filter(isPicture)) {
  const {top, detections, score_threshold, pixels_per_class} = stored.decoded ?? {};
  if (stored.model.includes('person_detect')) continue; // refused by the library
  if (top !== undefined) {
    test(`${stored.case}: the picture itself gives the stored top class`, async t => {
      const {status, err, result} = await run<ClassifyResult>(stored);
      t.is(status, 0, err);
      t.is(result?.classes[0]?.index, top[0]!.index);
    });
  }
  if (detections !== undefined && !stored.model.includes('traffic_model')) {
    test(`${stored.case}: the picture itself gives the stored boxes`, async t => {
      const {status, err, result} = await run<DetectResult>(stored, '--threshold', String(score_threshold));
      t.is(status, 0, err);
      for (const wanted of detections.filter(({score}) => score > score_threshold! + 0.08)) {
        const best = Math.max(
          0,
          ...result!.detections.filter(({index}) => index === wanted.cls).map(({box}) => iou(wanted.box, box)),
        );
        t.true(
          best >= 0.85,
          `${wanted.label} ${wanted.score} at ${wanted.box.join(',')}: best overlap ${best.toFixed(3)}`,
        );
      }
      if (detections.length === 0) t.is(result?.detections.length, 0);
    });
  }
  if (pixels_per_class !== undefined) {
    test(`${stored.case}: the picture itself gives the stored shares`, async t => {
      const {status, err, result} = await run<SegmentResult>(stored);
      t.is(status, 0, err);
      const total = Object.values(pixels_per_class).reduce((sum, pixels) => sum + pixels, 0);
      const shares = Object.values(pixels_per_class).map(pixels => pixels / total);
      const largest = Math.max(...shares);
      t.true(
        Math.abs(result!.classes[0]!.fraction - largest) < 0.01,
        `${result!.classes[0]!.fraction} against ${largest}`,
      );
    });
  }
}
