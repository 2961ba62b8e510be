import type {Memory} from '../profile/memory.ts';

/** Weights once as they are and once repacked by the kernels, and as much again for tensors. */
const timesModelSize = 3;
/** An allowance for a library and its threads. */
const besideModelBytes = 24 * 2 ** 20;

/** True when a model that nobody needs yet may be kept open: it takes at most half of the memory that is left. */
export function fitsStandby(modelBytes: number, memory: Memory | undefined): boolean {
  if (memory === undefined) return false;
  return modelBytes * timesModelSize + besideModelBytes <= memory.availableBytes / 2;
}
