import {createHash} from 'node:crypto';
import {mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {elements} from '../../src/tensor/read.ts';
import type {DType} from '../../src/tensor/tensor.ts';
import {type StoredCase, storedCases} from '../helpers/cases.ts';
import {cli} from '../helpers/cli.ts';
import {sharedData} from '../helpers/shared-data.ts';

/** Models that this TFLite library does not run, each with the reason that design and data state. */
const refused: Readonly<Record<string, string>> = {
  'models/person_detect.tflite': 'recent TFLite refuses its quantized_dimension',
};

/**
 * Not compared with the builtin kernels: `Convolution2DTransposeBias` exists only in XNNPACK, and MoveNet's builtin result
 * differs between processors (a C program on the same library gives the same bytes as we do, not the stored ones).
 */
const onlyWithXnnpack = ['selfie_segmentation', 'movenet_single_pose_lightning_ptq'];

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Equal to a stored variant, or no further from the first one than the variants are from each other. */
function agrees(actual: Uint8Array, stored: StoredCase['outputs'][number]): boolean {
  const variants = Object.values(stored.variants ?? {});
  if ([stored, ...variants].some(variant => variant.sha256 === sha256(actual))) return true;
  if (stored.file === undefined) return false;
  const dtype = stored.dtype as DType;
  const spec = {name: stored.name, shape: stored.shape, dtype};
  const expected = elements({...spec, data: readFileSync(sharedData('expected', stored.file))});
  const got = elements({...spec, data: actual});
  const spread = Math.max(0, ...variants.map(({max_abs_diff}) => max_abs_diff));
  return got.length === expected.length && got.every((value, index) => Math.abs(value - expected[index]!) <= spread);
}

async function runCase(stored: StoredCase, ...flags: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'dunlin-parity-'));
  const tensors = stored.inputs.map(({file}) => sharedData('expected', file!));
  const run = await cli(
    'infer',
    sharedData(stored.model),
    '--json',
    '--threads',
    '1',
    '--output-dir',
    dir,
    ...flags,
    '--tensor',
    ...tensors,
  );
  return {...run, output: (index: number) => readFileSync(join(dir, `out${index}.bin`))};
}

for (const stored of storedCases('.tflite')) {
  if (!stored.inputs.every(({file}) => file !== undefined)) continue;
  const reason = refused[stored.model];
  if (reason !== undefined) {
    test(`${stored.case}: refused with status 3 (${reason})`, async t => {
      const run = await runCase(stored);
      t.is(run.status, 3, run.err);
    });
    continue;
  }
  for (const flags of [[], ['--no-xnnpack']]) {
    if (flags.length > 0 && onlyWithXnnpack.some(name => stored.model.includes(name))) continue;
    test(`${stored.case}${flags.join('')}: outputs equal a stored variant or lie within the stored spread`, async t => {
      const run = await runCase(stored, ...flags);
      t.is(run.status, 0, run.err);
      stored.outputs.forEach((output, index) => {
        t.true(agrees(run.output(index), output), `output ${index} (${output.name}) of ${stored.case}`);
      });
    });
  }
}
