import type {ExecutionContext} from 'ava';
import type {Geometry, Rect} from '../../../src/image/input.ts';
import type {Result} from '../../../src/task/result.ts';
import {stretched} from '../models.ts';
import type {ReferenceCase, StoredDetection} from '../reference.ts';

type Size = readonly [number, number];

/** How the reference brought its picture into the input: squeezed, or with the aspect kept where the case gives a ratio. */
export function referenceGeometry({ratio, pad = [0, 0]}: ReferenceCase, source: Size, input: Size): Geometry {
  const geometry = stretched(source, input);
  return ratio === undefined ? geometry : {...geometry, scaleX: ratio, scaleY: ratio, padX: pad[0], padY: pad[1]};
}

/** The same labels in the same order, scores to the stored precision, boxes with an IoU of at least 0.98. */
export function agrees(t: ExecutionContext, result: Result, stored: ReferenceCase): void {
  const expected = stored.decoded?.detections ?? [];
  if (result.task !== 'detect') {
    t.fail(`task is ${result.task}`);
    return;
  }
  t.is(result.detections.length, expected.length);
  expected.forEach((reference, rank) => {
    const got = result.detections[rank]!;
    t.is(got.label, reference.label ?? `class ${reference.cls}`);
    t.is(got.index, reference.cls);
    t.true(Math.abs(got.score - reference.score) <= 1e-5, `score ${got.score}, reference ${reference.score}`);
    const overlap = intersectionOverUnion(got.box, toRect(reference));
    t.true(overlap >= 0.98, `IoU ${overlap}`);
  });
}

function toRect({box: [left, top, right, bottom]}: StoredDetection): Rect {
  return {x: left, y: top, width: right - left, height: bottom - top};
}

function intersectionOverUnion(a: Rect, b: Rect): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
