import type {Tensor} from '../../tensor/tensor.ts';
import type {Decoder, DecoderContext} from '../decoder.ts';
import {identityGeometry} from '../geometry.ts';
import {Candidates} from './candidates.ts';
import {suppress} from './nms.ts';
import {type KeypointReader, report} from './report.ts';
import type {DetectSettings} from './settings.ts';

/**
 * A family's own part: adds every box above the threshold, in input pixels. Families with keypoints return how to
 * read those of a row; it is called before the next run.
 */
export type CollectBoxes = (outputs: readonly Tensor[], candidates: Candidates) => KeypointReader | undefined;

/** What all detection families share: collecting, NMS, and the way back to source-frame pixels. */
export function createBoxDecoder(context: DecoderContext, settings: DetectSettings, collect: CollectBoxes): Decoder {
  const {label} = context;
  const ownGeometry = identityGeometry(settings.inputWidth, settings.inputHeight);
  const candidates = new Candidates();
  return (outputs, geometry = ownGeometry) => {
    candidates.clear();
    const keypoints = collect(outputs, candidates);
    return report(candidates, suppress(candidates, settings.nms), {geometry, label, keypoints});
  };
}

/** The box around a centre. */
export function centredBox(centreX: number, centreY: number, width: number, height: number) {
  return {
    left: centreX - width / 2,
    top: centreY - height / 2,
    right: centreX + width / 2,
    bottom: centreY + height / 2,
  };
}
