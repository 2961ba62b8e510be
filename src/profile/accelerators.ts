import type {BusDevice, Facts} from './facts.ts';
import type {Sysroot} from './sysroot.ts';

/** An accelerator or engine that the system shows, whether or not Dunlin can use it now. Nothing is claimed. */
export interface SeenAccelerator {
  /** Delegate that would drive it. */
  readonly delegate: 'edgetpu' | 'movidius' | 'jetson';
  readonly kind: 'edgetpu-usb' | 'edgetpu-pci' | 'myriad' | 'jetson-gpu' | 'intel-npu';
  /** For people, with the address: `Edge TPU on USB 1-1.2`. */
  readonly name: string;
  /** Where it was seen: a sysfs address or device node. */
  readonly address: string;
  /** What keeps it from being used, as far as files tell. */
  readonly problem?: string;
  /** The command or step that fixes the problem. */
  readonly remedy?: string;
}

const usbAccelerators = {
  '1a6e:089a': {delegate: 'edgetpu', kind: 'edgetpu-usb', name: 'Edge TPU (not yet initialised)'},
  '18d1:9302': {delegate: 'edgetpu', kind: 'edgetpu-usb', name: 'Edge TPU'},
  '03e7:2485': {delegate: 'movidius', kind: 'myriad', name: 'Movidius Myriad X (not yet booted)'},
  '03e7:f63b': {delegate: 'movidius', kind: 'myriad', name: 'Movidius Myriad X'},
  '03e7:2150': {delegate: 'movidius', kind: 'myriad', name: 'Movidius Myriad 2'},
} as const;

const edgetpuPci = '1ac1:089a';

/** Accelerators in the order of their addresses. Reads sysfs and device nodes only. */
export async function detectAccelerators(facts: Facts, sysroot: Sysroot): Promise<readonly SeenAccelerator[]> {
  const usb = (await Promise.all(facts.usb.map(device => usbAccelerator(device, sysroot)))).flat();
  return [...usb, ...(await detectEdgetpuPci(facts, sysroot)), ...(await detectJetsonGpu(facts, sysroot))];
}

async function usbAccelerator({id, address}: BusDevice, sysroot: Sysroot): Promise<SeenAccelerator[]> {
  if (!Object.hasOwn(usbAccelerators, id)) return [];
  const known = usbAccelerators[id as keyof typeof usbAccelerators];
  const found = {...known, name: `${known.name} on USB ${address}`, address};
  const node = await usbNode(address, sysroot);
  if (node === undefined || (await sysroot.isUsable(node))) return [found];
  if (await sysroot.exists(node)) {
    const remedy =
      'sudo usermod -aG plugdev dunlin (and install the udev rule of the driver package, then plug it in again)';
    return [{...found, problem: `no permission for ${node}`, remedy}];
  }
  const remedy =
    'In a container, pass /dev/bus/usb on: --device /dev/bus/usb (the device changes its number when it starts).';
  return [{...found, problem: `${node} is not visible here`, remedy}];
}

/** Device node of a USB device: `/dev/bus/usb/001/004`. */
async function usbNode(address: string, sysroot: Sysroot): Promise<string | undefined> {
  const folder = `/sys/bus/usb/devices/${address}`;
  const numbers = [await sysroot.number(`${folder}/busnum`), await sysroot.number(`${folder}/devnum`)];
  if (!numbers.every(number => Number.isInteger(number))) return undefined;
  return `/dev/bus/usb/${numbers.map(number => String(number).padStart(3, '0')).join('/')}`;
}

/** A PCIe Edge TPU shows on the bus, and as `/dev/apex_N` once its driver is loaded. */
async function detectEdgetpuPci(facts: Facts, sysroot: Sysroot): Promise<SeenAccelerator[]> {
  const onBus = facts.pci.filter(({id}) => id === edgetpuPci);
  const nodes = (await sysroot.list('/dev')).filter(name => /^apex_\d+$/.test(name));
  const seen = await Promise.all(
    nodes.map(async (node): Promise<SeenAccelerator> => {
      const path = `/dev/${node}`;
      const found = {delegate: 'edgetpu', kind: 'edgetpu-pci', name: `Edge TPU at ${path}`, address: path} as const;
      if (await sysroot.isUsable(path)) return found;
      return {
        ...found,
        problem: `no permission for ${path}`,
        remedy: 'sudo usermod -aG apex dunlin (then start again)',
      };
    }),
  );
  const driverless = onBus.slice(nodes.length).map(
    ({address}): SeenAccelerator => ({
      delegate: 'edgetpu',
      kind: 'edgetpu-pci',
      name: `Edge TPU on PCI ${address}`,
      address,
      problem: 'its driver (gasket, apex) is not loaded',
      remedy: 'sudo apt-get install gasket-dkms && sudo modprobe apex',
    }),
  );
  return [...seen, ...driverless];
}

async function detectJetsonGpu(facts: Facts, sysroot: Sysroot): Promise<SeenAccelerator[]> {
  const isTegra =
    /^# R\d+ \(release\)/.test(facts.tegraRelease ?? '') ||
    facts.compatible.some(text => /^nvidia,tegra\d+$/.test(text));
  if (!isTegra) return [];
  for (const address of ['/dev/nvhost-gpu', '/dev/nvgpu/igpu0/as', '/dev/nvidia0']) {
    if (await sysroot.exists(address)) {
      return [{delegate: 'jetson', kind: 'jetson-gpu', name: 'Jetson GPU', address}];
    }
  }
  return [
    {
      delegate: 'jetson',
      kind: 'jetson-gpu',
      name: 'Jetson GPU',
      address: '/dev/nvhost-gpu',
      problem: 'no device node of the GPU is visible',
      remedy: 'In a container, start it with --runtime nvidia; on the host, install JetPack.',
    },
  ];
}
