import {child, children, choice, numbers, scalar, text, texts} from '../flatbuffer/fields.ts';
import {table} from '../flatbuffer/table.ts';

/**
 * Tables of the TFLite metadata schema 1.1.0; fields in the schema's order.
 *
 * @see https://github.com/tensorflow/tflite-support/blob/v0.4.4/tensorflow_lite_support/metadata/metadata_schema.fbs
 */
const associatedFile = table('AssociatedFile', {
  name: text,
  description: text,
  /** 2: labels of an axis; 3: labels of the tensor's values; 4: score calibration; 5: vocabulary. */
  type: scalar('i8'),
  locale: text,
});

const imageSize = table('ImageSize', {width: scalar('u32'), height: scalar('u32')});
const imageProperties = table('ImageProperties', {
  /** 1: RGB, 2: grayscale. */
  colorSpace: scalar('i8'),
  defaultSize: child(imageSize),
});
const boundingBoxProperties = table('BoundingBoxProperties', {
  index: numbers('u32'),
  type: scalar('i8'),
  coordinateType: scalar('i8'),
});

const contentProperties = {
  feature: table('FeatureProperties', {}),
  image: imageProperties,
  boundingBox: boundingBoxProperties,
};
const valueRange = table('ValueRange', {min: scalar('i32'), max: scalar('i32')});
const content = table('Content', {
  properties: choice<unknown>([contentProperties.feature, contentProperties.image, contentProperties.boundingBox]),
  range: child(valueRange),
});

const normalization = table('NormalizationOptions', {mean: numbers('f32'), std: numbers('f32')});
const scoreCalibration = table('ScoreCalibrationOptions', {
  scoreTransformation: scalar('i8'),
  defaultScore: scalar('f32'),
});
const scoreThresholding = table('ScoreThresholdingOptions', {globalScoreThreshold: scalar('f32')});
const processUnit = table('ProcessUnit', {
  options: choice<unknown>([normalization, scoreCalibration, scoreThresholding]),
});

const stats = table('Stats', {max: numbers('f32'), min: numbers('f32')});

const tensorMetadata = table('TensorMetadata', {
  name: text,
  description: text,
  dimensionNames: texts,
  content: child(content),
  processUnits: children(processUnit),
  stats: child(stats),
  associatedFiles: children(associatedFile),
});

const subgraphMetadata = table('SubGraphMetadata', {
  name: text,
  description: text,
  inputs: children(tensorMetadata),
  outputs: children(tensorMetadata),
  associatedFiles: children(associatedFile),
});

/** Root of the buffer that the metadata entry `TFLITE_METADATA` names. */
export const modelMetadata = table('ModelMetadata', {
  name: text,
  description: text,
  version: text,
  subgraphs: children(subgraphMetadata),
  author: text,
  license: text,
  associatedFiles: children(associatedFile),
  minParserVersion: text,
});

export type RawMetadata = ReturnType<typeof modelMetadata.decode>;
export type RawTensorMetadata = ReturnType<typeof tensorMetadata.decode>;
export type ImageProperties = ReturnType<typeof imageProperties.decode>;
export type NormalizationOptions = ReturnType<typeof normalization.decode>;
export type ScoreThresholding = ReturnType<typeof scoreThresholding.decode>;
