import type {Sysroot} from '../system/sysroot.ts';

/** A USB or PCI device as sysfs shows it. */
export interface BusDevice {
  /** `vendor:product`, lower-case hexadecimal: `1a6e:089a`. */
  readonly id: string;
  /** sysfs name: `1-1.2`, `0000:01:00.0`. */
  readonly address: string;
  readonly name?: string;
}

/** What a system says about itself, read once. Absent facts are undefined or empty. */
export interface Facts {
  /** Kernel architecture in Node's words: `arm64`, `x64`, `arm`. */
  readonly arch: string | undefined;
  /** Device tree `model`. */
  readonly model: string | undefined;
  /** Device tree `compatible`, most specific first. */
  readonly compatible: readonly string[];
  /** `/sys/class/dmi/id/*` by file name. */
  readonly dmi: Readonly<Record<string, string>>;
  /** `/proc/cpuinfo`, first value of each key. */
  readonly cpuinfo: Readonly<Record<string, string>>;
  readonly cores: number | undefined;
  /** First line of `/etc/nv_tegra_release`. */
  readonly tegraRelease: string | undefined;
  readonly usb: readonly BusDevice[];
  readonly pci: readonly BusDevice[];
}

const dmiFields = ['sys_vendor', 'product_name', 'product_version', 'board_vendor', 'board_name', 'chassis_type'];

/** Reads the facts of a system. Never throws. */
export async function readFacts(sysroot: Sysroot): Promise<Facts> {
  const cpuinfoText = (await sysroot.text('/proc/cpuinfo')) ?? '';
  const cpuinfo = parseCpuinfo(cpuinfoText);
  const dmi: Record<string, string> = {};
  for (const field of dmiFields) {
    const value = await sysroot.line(`/sys/class/dmi/id/${field}`);
    if (value !== undefined) dmi[field] = value;
  }
  const compatible = (await sysroot.text('/proc/device-tree/compatible')) ?? '';
  return {
    arch: await readArch(sysroot, cpuinfo),
    model: await sysroot.line('/proc/device-tree/model'),
    compatible: compatible.split('\n').filter(text => text !== ''),
    dmi,
    cpuinfo,
    cores: await readCores(sysroot),
    tegraRelease: await sysroot.line('/etc/nv_tegra_release'),
    usb: await readUsb(sysroot),
    pci: await readPci(sysroot),
  };
}

/** Cores that are online; undefined when the system does not tell. */
export async function readCores(sysroot: Sysroot): Promise<number | undefined> {
  const online = await sysroot.line('/sys/devices/system/cpu/online');
  if (online !== undefined && /^\d{1,4}(-\d{1,4})?(,\d{1,4}(-\d{1,4})?)*$/.test(online)) {
    const ranges = online.split(',').map(range => range.split('-').map(Number));
    return ranges.reduce((cores, [first = 0, last = first]) => cores + Math.max(0, last - first + 1), 0);
  }
  const processors = (await sysroot.text('/proc/cpuinfo'))?.match(/^processor\s*:/gm)?.length ?? 0;
  return processors || undefined;
}

function parseCpuinfo(text: string): Record<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(0, colon)).trim();
    if (key !== '' && !values.has(key)) values.set(key, line.slice(colon + 1).trim());
  }
  return Object.fromEntries(values);
}

const archByMachine: Readonly<Record<string, string>> = {aarch64: 'arm64', x86_64: 'x64', armv7l: 'arm', armv6l: 'arm'};

/** `/proc/sys/kernel/arch` exists since Linux 6.1; older kernels are told by the shape of `/proc/cpuinfo`. */
async function readArch(sysroot: Sysroot, cpuinfo: Readonly<Record<string, string>>): Promise<string | undefined> {
  const machine = await sysroot.line('/proc/sys/kernel/arch');
  if (machine !== undefined) return archByMachine[machine] ?? machine;
  if (cpuinfo.vendor_id !== undefined) return /\blm\b/.test(cpuinfo.flags ?? '') ? 'x64' : 'ia32';
  if (cpuinfo['CPU architecture'] === '8') return 'arm64';
  if (cpuinfo['CPU architecture'] !== undefined) return 'arm';
  return sysroot.isThisMachine ? process.arch : undefined;
}

async function readUsb(sysroot: Sysroot): Promise<BusDevice[]> {
  const devices: BusDevice[] = [];
  for (const address of await sysroot.list('/sys/bus/usb/devices')) {
    const folder = `/sys/bus/usb/devices/${address}`;
    const id = joinId(await sysroot.line(`${folder}/idVendor`), await sysroot.line(`${folder}/idProduct`));
    if (id === undefined) continue;
    const name = await sysroot.line(`${folder}/product`);
    devices.push({id, address, ...(name === undefined ? {} : {name})});
  }
  return devices;
}

async function readPci(sysroot: Sysroot): Promise<BusDevice[]> {
  const devices: BusDevice[] = [];
  for (const address of await sysroot.list('/sys/bus/pci/devices')) {
    const folder = `/sys/bus/pci/devices/${address}`;
    const id = joinId(await sysroot.line(`${folder}/vendor`), await sysroot.line(`${folder}/device`));
    if (id !== undefined) devices.push({id, address});
  }
  return devices;
}

function joinId(vendor: string | undefined, product: string | undefined): string | undefined {
  const parts = [vendor, product].map(part => part?.replace(/^0x/i, '').toLowerCase());
  return parts.every(part => part !== undefined && /^[0-9a-f]{4}$/.test(part)) ? parts.join(':') : undefined;
}
