import type {FrameInput} from '../image/input.ts';
import type {LaneReport} from './api.ts';
import {toDunlinError} from './errors.ts';
import {loadNative} from './load.ts';
import {toNativePicture} from './picture.ts';

/** A native thread that prepares pictures for an engine of its own kind, such as onnxruntime. */
export interface PictureLane {
  /**
   * Decodes and fits a picture into `target`.
   *
   * @param target the input tensor's memory: width × height × channels elements
   * @throws {InputError} the picture cannot be read
   */
  prepare(picture: FrameInput, target: Uint8Array): Promise<LaneReport>;
  close(): Promise<void>;
}

/** @param name leads error messages and names the thread */
export function openPictureLane(name: string): PictureLane {
  const addon = loadNative();
  const lane = addon.laneCreate(name);
  return {
    async prepare({frame, input, region}, target) {
      const picture = await toNativePicture(frame);
      try {
        return await addon.laneSubmit(lane, {
          picture: {...picture, input, target, ...(region === undefined ? {} : {region})},
        });
      } catch (error) {
        throw toDunlinError(error, frame.origin ?? name);
      }
    },
    close: () => addon.laneClose(lane),
  };
}
