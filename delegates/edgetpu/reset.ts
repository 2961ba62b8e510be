import type {Log} from '../../src/log/log.ts';
import {resetUsb} from '../../src/native/host/usb-reset.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import type {EdgetpuDevice} from './device.ts';
import {deviceNode, isClaimed} from './usb.ts';

/** A stick that cannot be opened so often in a row hangs in a way that only power or a reset gets it out of. */
const failuresBeforeReset = 3;

/** Openings that failed in a row, by device. */
const failures = new Map<string, number>();

/** The stick works. */
export function openingWorked({path}: EdgetpuDevice): void {
  failures.delete(path);
}

/**
 * Counts a failed opening of a stick, and resets its port after some: what pulling it out and putting it in again would do.
 * Not while a process has it: that one would lose it.
 */
export async function openingFailed(device: EdgetpuDevice, sysroot: Sysroot, log: Log): Promise<void> {
  const {bus, path} = device;
  if (bus !== 'usb') return;
  const count = (failures.get(path) ?? 0) + 1;
  failures.set(path, count % failuresBeforeReset);
  if (count < failuresBeforeReset) return;
  const address = path.slice(path.lastIndexOf('/') + 1);
  const node = await deviceNode(address, sysroot);
  if (node === undefined || (await isClaimed(address, sysroot))) return;
  const reason = await resetUsb(sysroot.hostPath(node));
  if (reason === undefined)
    log.warn({device: device.id, node}, `not to be opened ${count} times: its USB port was reset`);
  else log.warn({device: device.id, node, reason}, 'its USB port could not be reset');
}
