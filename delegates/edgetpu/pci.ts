import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';
import {byNumbers, type EdgetpuDevice} from './device.ts';
import {isRaspberryPi5, pi5Overlays} from './install.ts';
import {ownerProblem} from './owner.ts';
import {readHeat} from './temperature.ts';

const pciId = '1ac1:089a';
const apexClass = '/sys/class/apex';

/** Edge TPUs on PCIe: those that the driver shows as `/dev/apex_N`, then those on the bus that no driver has taken. */
export async function probePci(sysroot: Sysroot): Promise<EdgetpuDevice[]> {
  const inClass = await sysroot.list(apexClass);
  const names = new Set([...inClass, ...(await sysroot.list('/dev'))].filter(name => /^apex_\d+$/.test(name)));
  const nodes = [...names].sort(byNumbers);
  const driven = await Promise.all(nodes.map(node => describe(node, sysroot)));
  const taken = new Set(driven.map(({facts}) => facts?.address));
  const onBus = await listOnBus(sysroot);
  // Old drivers do not tell the address: then as many as there are nodes count as taken.
  const isTold = onBus.some(address => taken.has(address));
  const left = isTold ? onBus.filter(address => !taken.has(address)) : onBus.slice(nodes.length);
  const numbers = nodes.map(node => Number(node.slice('apex_'.length)));
  const next = Math.max(-1, ...numbers) + 1;
  return [...driven, ...(await Promise.all(left.map((address, index) => driverless(address, next + index, sysroot))))];
}

async function listOnBus(sysroot: Sysroot): Promise<string[]> {
  const found: string[] = [];
  for (const address of await sysroot.list('/sys/bus/pci/devices')) {
    const folder = `/sys/bus/pci/devices/${address}`;
    const parts = [await sysroot.line(`${folder}/vendor`), await sysroot.line(`${folder}/device`)];
    if (parts.map(part => part?.replace(/^0x/i, '').toLowerCase()).join(':') === pciId) found.push(address);
  }
  return found;
}

async function describe(node: string, sysroot: Sysroot): Promise<EdgetpuDevice> {
  const folder = `${apexClass}/${node}`;
  const path = `/dev/${node}`;
  const index = Number(node.slice('apex_'.length));
  const heat = await readHeat(folder, sysroot);
  const problem =
    (await accessProblem(path, sysroot)) ??
    (await statusProblem(folder, sysroot)) ??
    heat.problem ??
    (await ownerProblem(folder, sysroot));
  const address = await sysroot.line(`${folder}/pci_address`);
  const driver = await sysroot.line(`${folder}/driver_version`);
  const link = address && (await linkText(address, sysroot));
  return {
    id: `pci:${index}`,
    name: `Edge TPU at ${path}`,
    bus: 'pci',
    path,
    pluginDevice: `pci:${index}`,
    isThrottled: heat.isThrottled,
    ...(problem && {problem}),
    ...(heat.temperatureC !== undefined && {temperatureC: heat.temperatureC}),
    facts: {...(address && {address}), ...(link && {link}), ...(driver && {driver: `apex ${driver}`}), ...heat.facts},
  };
}

async function linkText(address: string, sysroot: Sysroot): Promise<string | undefined> {
  const folder = `/sys/bus/pci/devices/${address}`;
  const [speed, width] = [
    await sysroot.line(`${folder}/current_link_speed`),
    await sysroot.line(`${folder}/current_link_width`),
  ];
  return speed && `PCIe ${speed}${width ? ` x${width}` : ''}`;
}

async function accessProblem(path: string, sysroot: Sysroot): Promise<Problem | undefined> {
  if (await sysroot.isUsable(path)) return undefined;
  if (await sysroot.exists(path)) {
    return {
      reason: `no permission for ${path}`,
      remedy:
        'sudo groupadd -f apex && sudo usermod -aG apex dunlin && dunlin doctor --udev-rules | sudo tee /etc/udev/rules.d/60-dunlin.rules && sudo udevadm control --reload-rules && sudo udevadm trigger, then start Dunlin again',
    };
  }
  return {
    reason: `${path} is not visible here, though the driver has the device`,
    remedy: `In a container, pass it on: --device ${path}`,
  };
}

async function statusProblem(folder: string, sysroot: Sysroot): Promise<Problem | undefined> {
  const status = await sysroot.line(`${folder}/status`);
  if (status === undefined || status === 'ALIVE') return undefined;
  return {
    reason: `its driver says that it is ${status}`,
    remedy: 'sudo modprobe -r apex && sudo modprobe apex, or reboot; `sudo dmesg | grep apex` tells what happened.',
  };
}

async function driverless(address: string, index: number, sysroot: Sysroot): Promise<EdgetpuDevice> {
  return {
    id: `pci:${index}`,
    name: `Edge TPU on PCI ${address}`,
    bus: 'pci',
    path: `/sys/bus/pci/devices/${address}`,
    pluginDevice: `pci:${index}`,
    isThrottled: false,
    problem: await driverProblem(sysroot),
    facts: {address},
  };
}

async function driverProblem(sysroot: Sysroot): Promise<Problem> {
  const isPi5 = await isRaspberryPi5(sysroot);
  if (!(await sysroot.exists('/sys/module/apex'))) {
    const overlays = isPi5 ? ` On a Raspberry Pi 5 also add to /boot/firmware/config.txt: ${pi5Overlays}.` : '';
    return {
      reason: 'its driver (gasket, apex) is not loaded',
      remedy: `sudo apt-get install gasket-dkms && sudo modprobe apex; for Linux 6.4 and later take gasket-dkms_*_all.deb from https://github.com/feranick/gasket-driver/releases.${overlays}`,
    };
  }
  return {
    reason: 'its driver (apex) is loaded, but did not take it',
    remedy: isPi5
      ? `Add to /boot/firmware/config.txt: ${pi5Overlays}; then reboot. \`sudo dmesg | grep apex\` tells more.`
      : '`sudo dmesg | grep apex` tells why; the device needs MSI-X interrupts, so do not boot with pci=nomsi.',
  };
}
