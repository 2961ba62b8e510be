import {ManifestError} from '../../error/errors.ts';
import type {DecoderContext} from '../decoder.ts';
import type {NmsOptions} from './nms.ts';

/** What a family uses where neither the caller nor the manifest says otherwise. */
export interface DetectDefaults {
  readonly scoreThreshold: number;
  readonly iou: number;
  readonly activation: 'none' | 'softmax' | 'sigmoid';
}

/** What every detection family needs, resolved. */
export interface DetectSettings {
  readonly threshold: number;
  readonly nms: NmsOptions;
  readonly activation: 'none' | 'softmax' | 'sigmoid';
  readonly background: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
}

const defaultMaxDetections = 100;

/** @throws {ManifestError} the model takes no picture, so boxes have no size */
export function detectSettings(context: DecoderContext, defaults: DetectDefaults): DetectSettings {
  const {decode, options, inputSize, where} = context;
  if (!inputSize) {
    throw new ManifestError(
      `${where}: inputs: detection needs an input with the role "image", got none`,
      'Describe the picture input under "inputs" in model.json, with its width and height.',
    );
  }
  return {
    threshold:
      options.scoreThreshold ??
      Math.min(decode.scoreThreshold ?? defaults.scoreThreshold, options.reachDownTo ?? Number.POSITIVE_INFINITY),
    nms: {
      iou: decode.nms?.iou ?? defaults.iou,
      classAgnostic: decode.nms?.classAgnostic ?? false,
      maxDetections: options.top ?? decode.nms?.maxDetections ?? defaultMaxDetections,
    },
    activation: decode.activation ?? defaults.activation,
    background: decode.backgroundIndex ?? -1,
    inputWidth: inputSize.width,
    inputHeight: inputSize.height,
  };
}
