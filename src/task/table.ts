import {ManifestError} from '../error/errors.ts';
import type {Family} from '../model/manifest.ts';
import type {Model} from '../model/model.ts';
import {createScoresDecoder} from './classify/scores.ts';
import type {Decoder, DecoderContext, DecoderFactory, DecoderOptions} from './decoder.ts';
import {createBlazefaceDecoder} from './detect/blazeface.ts';
import {createFastestdetDecoder} from './detect/fastestdet.ts';
import {createSsdAnchorsDecoder} from './detect/ssd-anchors.ts';
import {createSsdPostprocessDecoder} from './detect/ssd-postprocess.ts';
import {createUltrafaceDecoder} from './detect/ultraface.ts';
import {createYoloxDecoder} from './detect/yolox.ts';
import {createLabeler} from './labels.ts';
import type {Task} from './result.ts';
import {resolveRoles} from './roles.ts';
import {createSemanticDecoder} from './segment/semantic.ts';
import {createRawDecoder} from './tensor/raw.ts';

export type {Decoder, DecoderOptions} from './decoder.ts';

/** One row per model family. */
const table: Readonly<Record<Family, {readonly task: Task; readonly create: DecoderFactory}>> = {
  scores: {task: 'classify', create: createScoresDecoder},
  'ssd-postprocess': {task: 'detect', create: createSsdPostprocessDecoder},
  'ssd-anchors': {task: 'detect', create: createSsdAnchorsDecoder},
  blazeface: {task: 'detect', create: createBlazefaceDecoder},
  ultraface: {task: 'detect', create: createUltrafaceDecoder},
  yolox: {task: 'detect', create: createYoloxDecoder},
  fastestdet: {task: 'detect', create: createFastestdetDecoder},
  semantic: {task: 'segment', create: createSemanticDecoder},
  raw: {task: 'tensor', create: createRawDecoder},
};

/**
 * Makes the decoder that the model's manifest names; everything that does not depend on the frame is resolved here.
 *
 * @throws {ManifestError} family and task disagree, or the manifest misses a role or setting that the family needs
 */
export function createDecoder(model: Model, options: DecoderOptions = {}): Decoder {
  const {family, task} = model.manifest;
  const row = table[family];
  if (row.task !== task) {
    throw new ManifestError(
      `${model.name}: family "${family}" belongs to task "${row.task}", got task "${task}"`,
      'Correct "task" or "family" in model.json.',
    );
  }
  return row.create(contextOf(model, options));
}

function contextOf(model: Model, options: DecoderOptions): DecoderContext {
  const {manifest, image, labels} = model;
  return {
    where: model.name,
    roles: resolveRoles(manifest, model.header.outputs.length),
    decode: manifest.decode,
    options,
    label: createLabeler(labels, manifest.decode.labelOffset ?? 0),
    labelCount: labels.length,
    inputSize: image && {width: image.input.width, height: image.input.height},
    layout:
      manifest.outputs.find(({layout}) => layout)?.layout ??
      image?.input.layout ??
      (model.format === 'onnx' ? 'nchw' : 'nhwc'),
  };
}
