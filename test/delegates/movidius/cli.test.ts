import {basename} from 'node:path';
import test from 'ava';
import type {DetectResult} from '../../../src/task/result.ts';
import {iou, type StoredCase, storedCases} from '../../helpers/cases.ts';
import {cli} from '../../helpers/cli.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {openvinoFolder} from './openvino-library.ts';

test.before('fetch the library', async () => void (await openvinoFolder()));

interface Inferred {
  readonly result: DetectResult;
  readonly delegate: {readonly id: string; readonly engine: string; readonly device: string};
}

async function infer(stored: StoredCase, ...flags: readonly string[]) {
  const picture = sharedData('images', basename(stored.source));
  const {status, err, json} = await cli('infer', sharedData(stored.model), picture, '--json', ...flags);
  return {status, err, line: json<Inferred>()[0]};
}

for (const stored of storedCases('.onnx')) {
  test.serial(`${stored.case}: infer --delegate movidius sees what the CPU sees`, async t => {
    const library = `movidius.library=${await openvinoFolder()}`;
    const there = await infer(stored, '--delegate', 'movidius', '--delegate-option', library);
    const here = await infer(stored, '--delegate', 'cpu');
    t.is(there.status, 0, there.err);
    t.is(there.line?.delegate.device, 'CPU');
    t.regex(there.line?.delegate.engine ?? '', /^openvino /);
    const [got, expected] = [there.line!.result.detections, here.line!.result.detections];
    t.is(got.length, expected.length);
    for (const [index, {label, score, box}] of expected.entries()) {
      const other = got[index]!;
      t.is(other.label, label);
      t.true(Math.abs(other.score - score) < 1e-3, `${label}: ${other.score} against ${score}`);
      const {x, y, width, height} = box;
      t.true(iou([x, y, x + width, y + height], other.box) > 0.99, `${label}: boxes`);
    }
  });
}
