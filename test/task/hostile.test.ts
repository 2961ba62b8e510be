import test from 'ava';
import fc from 'fast-check';
import type {Family, OutputRole} from '../../src/model/manifest.ts';
import {createDecoder} from '../../src/task/table.ts';
import {bytesPerElement, type DType, type Tensor} from '../../src/tensor/tensor.ts';
import {handMade, stretched} from './models.ts';

interface Row {
  readonly family: Family;
  readonly outputs: readonly (readonly [OutputRole, readonly number[]])[];
}

// Input 32x32: 21 cells for strides 8, 16, 32; 16 × 2 + 4 × 6 BlazeFace anchors; one SSD anchor of stride 32.
const rows: readonly Row[] = [
  {
    family: 'ssd-postprocess',
    outputs: [
      ['boxes', [1, 9, 4]],
      ['classes', [1, 9]],
      ['scores', [1, 9]],
      ['count', [1]],
    ],
  },
  {
    family: 'ssd-anchors',
    outputs: [
      ['boxes', [1, 1, 4]],
      ['scores', [1, 1, 5]],
    ],
  },
  {
    family: 'blazeface',
    outputs: [
      ['boxes', [1, 56, 8]],
      ['scores', [1, 56, 1]],
    ],
  },
  {
    family: 'ultraface',
    outputs: [
      ['boxes', [1, 30, 4]],
      ['scores', [1, 30, 2]],
    ],
  },
  {family: 'yolox', outputs: [['predictions', [1, 21, 8]]]},
  {family: 'fastestdet', outputs: [['predictions', [1, 4, 4, 8]]]},
];

/** Any bytes at all: as floats they hold NaN, infinities and the extremes. */
function anyTensor(shape: readonly number[], dtype: DType): fc.Arbitrary<Tensor> {
  const length = shape.reduce((product, size) => product * size, 1) * bytesPerElement[dtype];
  const quantization = {scale: 1 / 256, zeroPoint: dtype === 'int8' ? -128 : 0};
  return fc
    .uint8Array({minLength: length, maxLength: length})
    .map(data => ({name: 'any', dtype, shape, data, ...(dtype !== 'float32' && {quantization})}));
}

for (const {family, outputs} of rows) {
  for (const dtype of ['float32', 'uint8', 'int8', 'int16'] as const) {
    test(`${family}: arbitrary ${dtype} outputs give boxes that touch the frame or none`, t => {
      const model = handMade({
        task: 'detect',
        family,
        roles: outputs.map(([role]) => role),
        input: [32, 32],
        decode: family === 'ssd-anchors' ? {anchors: {strides: [32], perCell: [1]}} : {},
      });
      const decode = createDecoder(model, {scoreThreshold: 0});
      const geometry = {...stretched([64, 48], [32, 32]), scaleX: 0.5, scaleY: 0.5, padY: 4};
      const arbitrary = fc.tuple(...outputs.map(([, shape]) => anyTensor(shape, dtype)));
      fc.assert(
        fc.property(arbitrary, tensors => {
          const result = decode(tensors, geometry);
          if (result.task !== 'detect') return false;
          return result.detections.every(({score, index, box: {x, y, width, height}, keypoints = []}) => {
            const touches = x < 64 && y < 48 && x + width >= 0 && y + height >= 0;
            const isBounded = x >= -64 && y >= -48 && width > 0 && height > 0 && width <= 192 && height <= 144;
            return (
              touches &&
              isBounded &&
              Number.isFinite(score) &&
              index >= 0 &&
              keypoints.every(p => Number.isFinite(p.x + p.y))
            );
          });
        }),
        {numRuns: 60},
      );
      t.pass();
    });
  }
}
