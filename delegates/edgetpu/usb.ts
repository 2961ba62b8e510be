import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import {byNumbers, type EdgetpuDevice} from './device.ts';

const devices = '/sys/bus/usb/devices';
/** Before a process has opened it for the first time, it waits for its firmware under its maker's id. */
const waiting = '1a6e:089a';
const started = '18d1:9302';

interface Stick {
  readonly address: string;
  readonly isStarted: boolean;
}

/**
 * Edge TPUs on USB, numbered by their place on the bus: a stick keeps its number when it changes its USB id at the first open.
 * libedgetpu counts otherwise: first those that wait for their firmware, then the others.
 */
export async function probeUsb(sysroot: Sysroot): Promise<EdgetpuDevice[]> {
  const sticks = await listSticks(sysroot);
  const counted = [...sticks.filter(({isStarted}) => !isStarted), ...sticks.filter(({isStarted}) => isStarted)];
  return Promise.all(sticks.map((stick, index) => describe(stick, {index, counted: counted.indexOf(stick), sysroot})));
}

async function listSticks(sysroot: Sysroot): Promise<Stick[]> {
  const sticks: Stick[] = [];
  for (const address of [...(await sysroot.list(devices))].sort(byNumbers)) {
    const folder = `${devices}/${address}`;
    const id = `${await sysroot.line(`${folder}/idVendor`)}:${await sysroot.line(`${folder}/idProduct`)}`.toLowerCase();
    if (id === waiting || id === started) sticks.push({address, isStarted: id === started});
  }
  return sticks;
}

interface Place {
  readonly index: number;
  /** libedgetpu's number. */
  readonly counted: number;
  readonly sysroot: Sysroot;
}

async function describe({address, isStarted}: Stick, {index, counted, sysroot}: Place): Promise<EdgetpuDevice> {
  const problem = await accessProblem(address, sysroot);
  const claimed = await isClaimed(address, sysroot);
  return {
    id: `usb:${index}`,
    name: `Edge TPU on USB ${address}`,
    bus: 'usb',
    path: `${devices}/${address}`,
    pluginDevice: `usb:${counted}`,
    isThrottled: false,
    ...(problem && {problem}),
    facts: {
      address,
      link: linkText(await sysroot.number(`${devices}/${address}/speed`)),
      state: isStarted ? 'started' : 'waits for its first open, which takes a few seconds',
      ...(claimed && {claimed: 'by a process'}),
    },
  };
}

/** @param speed in Mbit/s, as sysfs has it */
function linkText(speed: number | undefined): string {
  if (speed === undefined) return 'unknown';
  if (speed >= 5000) return `USB 3 (${speed} Mbit/s)`;
  return `USB 2 (${speed} Mbit/s): runs take about three times as long; use a USB 3 port and cable`;
}

async function accessProblem(address: string, sysroot: Sysroot): Promise<Problem | undefined> {
  const node = await deviceNode(address, sysroot);
  if (node === undefined || (await sysroot.isUsable(node))) return undefined;
  if (await sysroot.exists(node)) {
    return {
      reason: `no permission for ${node}`,
      remedy:
        'dunlin doctor --udev-rules | sudo tee /etc/udev/rules.d/60-dunlin.rules && sudo udevadm control --reload-rules && sudo usermod -aG plugdev dunlin, then plug it in again and start Dunlin again',
    };
  }
  return {
    reason: `${node} is not visible here`,
    remedy:
      'In a container, pass the whole bus on, because the device changes its number when it starts: -v /dev/bus/usb:/dev/bus/usb --device-cgroup-rule "c 189:* rwm"',
  };
}

/** True while a process has it open. */
export function isClaimed(address: string, sysroot: Sysroot): Promise<boolean> {
  return sysroot.exists(`/sys/bus/usb/drivers/usbfs/${address}:1.0`);
}

/** Device node of a USB device: `/dev/bus/usb/001/004`. */
export async function deviceNode(address: string, sysroot: Sysroot): Promise<string | undefined> {
  const folder = `${devices}/${address}`;
  const numbers = [await sysroot.number(`${folder}/busnum`), await sysroot.number(`${folder}/devnum`)];
  if (!numbers.every(number => Number.isInteger(number))) return undefined;
  return `/dev/bus/usb/${numbers.map(number => String(number).padStart(3, '0')).join('/')}`;
}
