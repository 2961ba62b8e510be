import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';

/** A Movidius device on USB. */
export interface Stick {
  /** sysfs name: `1-1.2`. */
  readonly address: string;
  /** `unbooted` until the library sends the firmware; then it comes back with another USB id. */
  readonly state: 'unbooted' | 'booted' | 'myriad2';
  /** `USB 3` or `USB 2`, by the speed of the link. */
  readonly link: string | undefined;
  /** Changes when it is plugged in again or restarts. */
  readonly node: string | undefined;
  readonly problem?: Problem;
}

/** 03e7 is Movidius. A Neural Compute Stick 2 is a Myriad X; the first stick held a Myriad 2. */
const states: Readonly<Record<string, Stick['state']>> = {'2485': 'unbooted', f63b: 'booted', '2150': 'myriad2'};
const usbDevices = '/sys/bus/usb/devices';
const rules = '97-myriad-usbboot.rules';

/** Sticks on USB, in the order of their addresses. Reads sysfs and device nodes only. */
export async function findSticks(sysroot: Sysroot): Promise<readonly Stick[]> {
  const addresses = await sysroot.list(usbDevices);
  const found = await Promise.all(addresses.map(address => readStick(address, sysroot)));
  return found.filter(stick => stick !== undefined);
}

async function readStick(address: string, sysroot: Sysroot): Promise<Stick | undefined> {
  const folder = `${usbDevices}/${address}`;
  if ((await sysroot.line(`${folder}/idVendor`))?.toLowerCase() !== '03e7') return undefined;
  const state = states[(await sysroot.line(`${folder}/idProduct`))?.toLowerCase() ?? ''];
  if (state === undefined) return undefined;
  const speed = await sysroot.number(`${folder}/speed`);
  const node = await deviceNode(folder, sysroot);
  const problem = state === 'myriad2' ? tooOld : await accessProblem(node, sysroot);
  return {
    address,
    state,
    link: speed === undefined ? undefined : speed >= 5000 ? 'USB 3' : 'USB 2',
    node,
    ...(problem === undefined ? {} : {problem}),
  };
}

const tooOld: Problem = {
  reason: 'a Myriad 2 (the first Neural Compute Stick), which OpenVINO dropped in 2020.4',
  remedy: 'Use a Neural Compute Stick 2; nothing current drives the first one.',
};

async function deviceNode(folder: string, sysroot: Sysroot): Promise<string | undefined> {
  const numbers = [await sysroot.number(`${folder}/busnum`), await sysroot.number(`${folder}/devnum`)];
  if (numbers.includes(undefined)) return undefined;
  return `/dev/bus/usb/${numbers.map(number => String(number).padStart(3, '0')).join('/')}`;
}

async function accessProblem(node: string | undefined, sysroot: Sysroot): Promise<Problem | undefined> {
  if (node === undefined || (await sysroot.isUsable(node))) return undefined;
  if (!(await sysroot.exists(node))) {
    return {
      reason: `${node} is not visible here`,
      remedy:
        "In a container, pass the whole of USB on, since the stick changes its number when it starts: --device-cgroup-rule='c 189:* rmw' -v /dev/bus/usb:/dev/bus/usb.",
    };
  }
  return {
    reason: `no permission for ${node}`,
    remedy: `dunlin doctor --udev-rules | sudo tee /etc/udev/rules.d/60-dunlin.rules && sudo udevadm control --reload-rules && sudo usermod -aG plugdev dunlin (with OpenVINO's own ${rules} the group is users), then plug the stick in again and start Dunlin again.`,
  };
}
