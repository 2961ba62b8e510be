import type {Device} from '../../src/delegate/contract.ts';

/** An Edge TPU as probing finds it. */
export interface EdgetpuDevice extends Device {
  readonly bus: 'usb' | 'pci';
  /** As libedgetpu names it, and the same as long as it stays where it is: `/sys/bus/usb/devices/1-1.2`, `/dev/apex_0`. */
  readonly path: string;
  /** libedgetpu's number for it, as far as files tell: `usb:0`. The host program asks the library itself for a better one. */
  readonly pluginDevice: string;
  /** Runs slower than it could, because of heat. */
  readonly isThrottled: boolean;
}

/** Which process owns the device: by its place, because numbers move when another device is unplugged. */
export function hostKey({path}: EdgetpuDevice): string {
  return `edgetpu ${path}`;
}

/** Orders `1-1.2` before `1-1.10`. */
export function byNumbers(one: string, other: string): number {
  return one.localeCompare(other, 'en', {numeric: true});
}
