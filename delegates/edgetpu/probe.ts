import type {HostOccupancy} from '../../src/native/host/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import {type EdgetpuDevice, hostKey} from './device.ts';
import {libraryProblem} from './install.ts';
import {findLibrary} from './library.ts';
import {probePci} from './pci.ts';
import {probeUsb} from './usb.ts';

/** Every Edge TPU that sysfs shows, PCIe first, each with what keeps it from being used. */
export async function probeAll(sysroot: Sysroot, configuredLibrary: string | undefined): Promise<EdgetpuDevice[]> {
  const found = [...(await probePci(sysroot)), ...(await probeUsb(sysroot))];
  if (found.length === 0) return [];
  const library = await findLibrary(sysroot, configuredLibrary);
  if (library !== undefined) return found.map(device => ({...device, facts: {...device.facts, library}}));
  const missing = await libraryProblem(sysroot, configuredLibrary);
  return found.map(device => (device.problem ? device : {...device, problem: missing}));
}

/**
 * Best first: usable before not, cool before hot, then the one with the fewest sessions, so that pipelines which name no
 * device spread over all. Ties go round: each thread begins at another device, so that this holds for pipelines that start
 * together.
 */
export function bestFirst(devices: readonly EdgetpuDevice[], {sessions, turn}: HostOccupancy): EdgetpuDevice[] {
  const first = devices.length === 0 ? 0 : turn % devices.length;
  const rank = (device: EdgetpuDevice) => [
    device.problem === undefined ? 0 : 1,
    device.isThrottled ? 1 : 0,
    sessions.get(hostKey(device)) ?? 0,
  ];
  return [...devices.slice(first), ...devices.slice(0, first)].toSorted((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    return a.map((value, index) => value - (b[index] ?? 0)).find(difference => difference !== 0) ?? 0;
  });
}
