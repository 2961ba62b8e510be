import type {Session} from '../delegate/contract.ts';
import {RunError} from '../error/errors.ts';
import type {Tensor} from '../tensor/tensor.ts';
import {type Clock, msBetween} from './clock.ts';

/**
 * Runs on zeros, apart from any frame: weights are loaded, kernels compiled, and a device that only pretends to be back
 * is found out. Inputs are zero afterwards, which is also where a model with state begins.
 *
 * @returns milliseconds of the last run
 * @throws {RunError} a run failed, or its outputs cannot be right
 * @throws {DeviceLostError} the device is gone
 */
export async function warmUp(session: Session, runs: number, clock: Clock): Promise<number> {
  let lastMs = 0;
  for (let run = 0; run < runs; run++) {
    for (const {data} of session.inputs) data.fill(0);
    const startedNs = clock.nowNs();
    const {outputs} = await session.run();
    lastMs = msBetween(startedNs, clock.nowNs());
    for (const output of outputs) requireSane(output);
  }
  for (const {data} of session.inputs) data.fill(0);
  return lastMs;
}

function requireSane({name, dtype, shape, data}: Tensor): void {
  const known = shape.every(side => side >= 0);
  if (known && data.length === 0 && !shape.includes(0)) throw insane(`output "${name}" is empty`);
  if (dtype === 'float32' && data.length >= 4 && !hasNumber(data)) {
    throw insane(`output "${name}" holds no number, only NaN or infinity`);
  }
}

function hasNumber(data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at + 4 <= data.length; at += 4) if (Number.isFinite(view.getFloat32(at, true))) return true;
  return false;
}

function insane(what: string): RunError {
  return new RunError(`warm-up: ${what}`, 'Check the device and its driver with `dunlin doctor`.');
}
