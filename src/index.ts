/** What other programs use: open a model, run it on pictures, and read sources. */

export type {OpenOptions} from './daemon/open-model.ts';
export {openModel} from './daemon/open-model.ts';
export {boardProfile} from './daemon/profile.ts';
export type {Delegate, Device, RunResult, Session, SessionOptions} from './delegate/contract.ts';
export type {Placement} from './engine/place.ts';
export {DunlinError, isRetryable} from './error/errors.ts';
export type {Event} from './event/event.ts';
export type {Frame, PixelFormat} from './image/frame.ts';
export type {FrameInput, Geometry, ImageInput, Rect} from './image/input.ts';
export type {Log} from './log/log.ts';
export {silentLog} from './log/log.ts';
export {loadModel} from './model/load.ts';
export type {Model} from './model/model.ts';
export type {Source} from './source/contract.ts';
export {openSource} from './source/open.ts';
export type {ClassifyResult, DetectResult, Result, SegmentResult} from './task/result.ts';
export {createDecoder} from './task/table.ts';
export type {DType, Quantization, Tensor, TensorSpec} from './tensor/tensor.ts';
