import test from 'ava';
import {ManifestError, OutputMismatchError} from '../../../src/error/errors.ts';
import type {Geometry} from '../../../src/image/input.ts';
import type {DecoderOptions} from '../../../src/task/decoder.ts';
import type {Detection} from '../../../src/task/result.ts';
import {createDecoder} from '../../../src/task/table.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {type HandMadeModel, handMade, stretched, tensor} from '../models.ts';

interface DetectCall extends Omit<HandMadeModel, 'task' | 'outputs'> {
  readonly outputs: readonly Tensor[];
  readonly geometry?: Geometry;
  readonly options?: DecoderOptions;
}

function detect({outputs, geometry, options, ...parts}: DetectCall): readonly Detection[] {
  const result = createDecoder(handMade({...parts, task: 'detect', outputs}), options)(outputs, geometry);
  return result.task === 'detect' ? result.detections : [];
}

const rounded = ({x, y, width, height}: Detection['box']) =>
  [x, y, width, height].map(value => Math.round(value * 1000) / 1000);

const ssd = {family: 'ssd-postprocess', roles: ['boxes', 'classes', 'scores', 'count'], input: [320, 320]} as const;

test('ssd-postprocess: boxes come back in source-frame pixels', t => {
  // 640x480 frame fitted into 320x320: scale 0.5, 40 px of padding above and below.
  const geometry = {...stretched([640, 480], [320, 320]), scaleX: 0.5, scaleY: 0.5, padY: 40};
  const outputs = [
    tensor([1, 1, 4], [0.25, 0.5, 0.5, 0.75]),
    tensor([1, 1], [0]),
    tensor([1, 1], [0.75]),
    tensor([1], [1]),
  ];
  t.deepEqual(detect({...ssd, labels: ['person'], outputs, geometry}), [
    {index: 0, label: 'person', score: 0.75, box: {x: 320, y: 80, width: 160, height: 160}},
  ]);
});

test('ssd-postprocess: rows beyond the count and below the threshold are left out, the best comes first', t => {
  const boxes = tensor(
    [1, 4, 4],
    [1, 2, 3, 4].flatMap(() => [0, 0, 0.5, 0.5]),
  );
  const outputs = [boxes, tensor([1, 4], [7, 8, 9, 5]), tensor([1, 4], [0.4, 0.6, 0.2, 0.9]), tensor([1], [3])];
  t.deepEqual(
    detect({...ssd, outputs}).map(({index}) => index),
    [8, 7],
  );
  t.deepEqual(
    detect({...ssd, roles: ['boxes', 'classes', 'scores', 'ignored'], outputs}).map(({index}) => index),
    [5, 8, 7],
  );
});

test('ssd-postprocess: NMS runs again only when the manifest asks for it', t => {
  const boxes = tensor([1, 2, 4], [0, 0, 0.5, 0.5, 0, 0, 0.5, 0.5]);
  const outputs = [boxes, tensor([1, 2], [1, 1]), tensor([1, 2], [0.9, 0.8]), tensor([1], [2])];
  t.is(detect({...ssd, outputs}).length, 2);
  t.is(detect({...ssd, outputs, decode: {nms: {iou: 0.5}}}).length, 1);
});

test('ssd-postprocess: garbage rows are dropped', t => {
  const {NaN: nan, POSITIVE_INFINITY: infinity} = Number;
  const boxes = tensor([1, 5, 4], [nan, 0, 1, 1, 0, 0, infinity, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
  const outputs = [
    boxes,
    tensor([1, 5], [1, 1, 1, nan, -1]),
    tensor([1, 5], [0.9, 0.9, 0.9, 0.9, 0.9]),
    tensor([1], [5]),
  ];
  t.deepEqual(detect({...ssd, outputs}), []);
});

test('ssd-postprocess: outputs of different length are refused', t => {
  const outputs = [tensor([1, 1, 4], [0, 0, 1, 1]), tensor([1, 2], [0, 0]), tensor([1, 2], [1, 1]), tensor([1], [2])];
  t.throws(() => detect({...ssd, outputs}), {
    instanceOf: OutputMismatchError,
    message: /shape \[1, 1, 4\], expected \[1, 2, 4\]/,
  });
});

// A 32x32 input has 16 + 4 + 1 cells; row 5 is the cell (1, 1) of stride 8, row 20 the only one of stride 32.
const yolox = {family: 'yolox', roles: ['predictions'], input: [32, 32]} as const;
function yoloxRows(rows: Readonly<Record<number, readonly number[]>>, width: number): number[] {
  return Array.from({length: 21}, (_, row) => rows[row] ?? Array.from({length: width}, () => 0)).flat();
}

test('yolox: centres are offsets from the cell, sizes logarithms, scores products', t => {
  // Centre (1 + 0.5) × 8 = 12, (1 + 1) × 8 = 16; size e^0 × 8 = 8 and 2 × 8 = 16; 0.5 × 0.75 = 0.375.
  const outputs = [tensor([1, 21, 7], yoloxRows({5: [0.5, 1, 0, Math.log(2), 0.5, 0.25, 0.75]}, 7))];
  const [detection, ...others] = detect({...yolox, labels: ['cat', 'dog'], outputs});
  t.deepEqual(others, []);
  t.is(detection?.label, 'dog');
  t.is(detection?.score, 0.375);
  t.deepEqual(rounded(detection!.box), [8, 8, 8, 16]);
});

test('yolox: boxes and scores may be two tensors', t => {
  const outputs = [
    tensor([1, 21, 4], yoloxRows({20: [0.5, 0.5, -Math.log(2), 0]}, 4)),
    tensor([1, 21, 3], yoloxRows({20: [1, 0.25, 0.75]}, 3)),
  ];
  const [detection, ...others] = detect({...yolox, roles: ['boxes', 'scores'], outputs});
  t.deepEqual(others, []);
  t.is(detection?.index, 1);
  t.is(detection?.score, 0.75);
  t.deepEqual(rounded(detection!.box), [8, 0, 16, 32]);
});

test('yolox: int8 tensors with scales of their own agree with their real values', t => {
  // Offsets (8 + 0) / 16 = 0.5; scores (0 + 128) / 256 = 0.5 and (64 + 128) / 256 = 0.75.
  const empty = yoloxRows({}, 3).map(() => -128);
  empty.splice(3 * 5, 3, 0, -128, 64);
  const outputs = [
    tensor([1, 21, 4], yoloxRows({5: [8, 8, 0, 0]}, 4), {dtype: 'int8', quantization: {scale: 1 / 16, zeroPoint: 0}}),
    tensor([1, 21, 3], empty, {dtype: 'int8', quantization: {scale: 1 / 256, zeroPoint: -128}}),
  ];
  const [detection, ...others] = detect({...yolox, roles: ['boxes', 'scores'], outputs});
  t.deepEqual(others, []);
  t.is(detection?.score, 0.375);
  t.deepEqual(rounded(detection!.box), [8, 8, 8, 8]);
});

test('yolox: boxes that the graph has decoded are input pixels, whatever the number of rows', t => {
  const outputs = [tensor([1, 2, 6], [16, 8, 4, 8, 0.5, 1, 0, 0, 0, 0, 0, 0])];
  const [detection, ...others] = detect({...yolox, outputs, decode: {boxes: 'pixels'}});
  t.deepEqual(others, []);
  t.deepEqual(rounded(detection!.box), [14, 4, 4, 8]);
});

test('yolox: logits need activation sigmoid', t => {
  const quiet = yoloxRows({}, 6).map(() => -20);
  quiet.splice(6 * 5, 6, 0.5, 0.5, 0, 0, 20, 0);
  const [detection, ...others] = detect({
    ...yolox,
    outputs: [tensor([1, 21, 6], quiet)],
    decode: {activation: 'sigmoid'},
  });
  t.deepEqual(others, []);
  t.is(detection?.score.toFixed(6), '0.500000');
});

test('yolox: one cell gives one class, neighbours of the same object are suppressed', t => {
  const outputs = [
    tensor([1, 21, 7], yoloxRows({5: [0.5, 0.5, 1, 1, 0.9, 0.8, 0.7], 6: [-0.5, 0.5, 1, 1, 0.8, 0.8, 0.7]}, 7)),
  ];
  t.deepEqual(
    detect({...yolox, outputs}).map(({index, score}) => [index, score.toFixed(4)]),
    [[0, '0.7200']],
  );
});

test('yolox: sizes that overflow are dropped', t => {
  const outputs = [tensor([1, 21, 6], yoloxRows({5: [0, 0, 1000, 0, 1, 1], 6: [0, Number.NaN, 0, 0, 1, 1]}, 6))];
  t.deepEqual(detect({...yolox, outputs}), []);
});

test('yolox: a tensor that does not fit the strides is refused', t => {
  t.throws(() => detect({...yolox, outputs: [tensor([1, 20, 6], [])]}), {
    instanceOf: OutputMismatchError,
    message: 'hand-made: output "output" has shape [1, 20, 6], expected [1, 21, 5 + classes]',
  });
  t.throws(() => detect({...yolox, roles: ['boxes'], outputs: [tensor([1, 21, 4], [])]}), {
    instanceOf: ManifestError,
    message: /role "scores" is missing/,
  });
});

test('fastestdet: box and score follow from one cell, in either layout', t => {
  // 2x2 cells on 100x100. Cell (1, 0): centre (1 + tanh 0) / 2, (0 + tanh(atanh 0.5)) / 2; sizes 0.5 and 0.25.
  const cell = [0.8, 0, Math.atanh(0.5), 0, -Math.log(3), 0.1, 0.7];
  const values = (channelsFirst: boolean) => {
    const planes = Array.from({length: 28}, () => 0);
    cell.forEach((value, channel) => {
      planes[channelsFirst ? 4 * channel + 1 : 7 + channel] = value;
    });
    return planes;
  };
  for (const layout of ['nchw', 'nhwc'] as const) {
    const outputs = [tensor(layout === 'nchw' ? [1, 7, 2, 2] : [1, 2, 2, 7], values(layout === 'nchw'))];
    const [detection, ...others] = detect({family: 'fastestdet', roles: ['predictions'], layout, outputs});
    t.deepEqual(others, []);
    t.is(detection?.index, 1);
    t.is(detection?.score.toFixed(6), (0.8 ** 0.6 * 0.7 ** 0.4).toFixed(6));
    t.deepEqual(rounded(detection!.box), [25, 12.5, 50, 25]);
  }
});

test('ultraface: the second column is the face, boxes are fractions of the input', t => {
  const outputs = [tensor([1, 2, 2], [0.1, 0.9, 0.9, 0.1]), tensor([1, 2, 4], [0.25, 0.5, 0.5, 1, 0, 0, 1, 1])];
  const faces = detect({family: 'ultraface', roles: ['scores', 'boxes'], input: [320, 240], labels: ['face'], outputs});
  t.deepEqual(faces.length, 1);
  t.is(faces[0]?.label, 'face');
  t.deepEqual(rounded(faces[0]!.box), [80, 120, 80, 120]);
});

test('blazeface: numbers are input pixels from the anchor, keypoints included', t => {
  // Input 16x16 with strides 8 and 16: 4 × 2 + 1 × 6 anchors. Anchor 3 is the second of cell (1, 0), centre (12, 4).
  const boxes = Array.from({length: 14 * 6}, () => 0);
  boxes.splice(3 * 6, 6, -2, 1, 8, 6, 1, -1);
  const scores = Array.from({length: 14}, () => -50);
  scores[3] = 0;
  const outputs = [tensor([1, 14, 6], boxes), tensor([1, 14, 1], scores)];
  // Twice as large a frame: centre (10, 5) × 2, size (8, 6) × 2, keypoint (13, 3) × 2.
  t.deepEqual(
    detect({
      family: 'blazeface',
      roles: ['boxes', 'scores'],
      input: [16, 16],
      outputs,
      geometry: stretched([32, 32], [16, 16]),
    }),
    [{index: 0, label: 'class 0', score: 0.5, box: {x: 12, y: 4, width: 16, height: 12}, keypoints: [{x: 26, y: 6}]}],
  );
});

const ssdAnchors = {family: 'ssd-anchors', roles: ['boxes', 'scores']} as const;

test('ssd-anchors: regressions are relative to the anchor and divided by their variances', t => {
  // 2x2 anchors as large as the input of 100x100. Cell 3, centre 0.75: y 0.75 − 1/10, x 0.75 − 2/10; height e^(−ln 4), width e^(−ln 2).
  const decode = {anchors: {strides: [50], perCell: [1], scaleXy: 10, scaleWh: 5}, backgroundIndex: 0};
  const boxes = Array.from({length: 16}, () => 0);
  boxes.splice(12, 4, -1, -2, -5 * Math.log(4), -5 * Math.log(2));
  const scores = Array.from({length: 12}, () => -50);
  scores.splice(9, 3, 40, 0, -1);
  const outputs = [tensor([1, 4, 4], boxes), tensor([1, 4, 3], scores)];
  const [detection, ...others] = detect({...ssdAnchors, decode, outputs});
  t.deepEqual(others, []);
  t.is(detection?.index, 1);
  t.is(detection?.score, 0.5);
  t.deepEqual(rounded(detection!.box), [30, 52.5, 50, 25]);
});

test('ssd-anchors: softmax runs over all classes with the background', t => {
  const activation = 'softmax' as const;
  const decode = {anchors: {strides: [100], perCell: [1]}, backgroundIndex: 0, activation};
  const boxes = tensor([1, 1, 4], [0, 0, 0, 0]);
  const scored = (logits: readonly number[]) =>
    detect({...ssdAnchors, decode, outputs: [boxes, tensor([1, 1, 3], logits)]});
  // e^0 : e^ln6 : e^0 = 1 : 6 : 1
  t.is(scored([0, Math.log(6), 0])[0]?.score.toFixed(6), '0.750000');
  t.deepEqual(scored([Math.log(6), 0, 0]), []);
});

test('ssd-anchors: without anchors the manifest is refused', t => {
  const outputs = [tensor([1, 1, 4], []), tensor([1, 1, 3], [])];
  t.throws(() => detect({family: 'ssd-anchors', roles: ['boxes', 'scores'], outputs}), {
    instanceOf: ManifestError,
    message: /decode\.anchors is missing/,
  });
});

test('boxes may reach beyond the frame', t => {
  const outputs = [
    tensor([1, 1, 4], [-0.5, 0.5, 0.5, 1.5]),
    tensor([1, 1], [0]),
    tensor([1, 1], [0.9]),
    tensor([1], [1]),
  ];
  t.deepEqual(rounded(detect({...ssd, outputs})[0]!.box), [160, -160, 320, 320]);
});
