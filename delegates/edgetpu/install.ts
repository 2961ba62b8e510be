import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';

/** Memory pages of 4 KiB, addresses of 32 bits, and interrupts that the chip understands. @see docs/delegates/edgetpu.md */
export const pi5Overlays =
  '`dtparam=pciex1`, `dtoverlay=pcie-32bit-dma-pi5`, `dtoverlay=pciex1-compat-pi5,no-mip` and `kernel=kernel8.img`, a line each';

const boardModel = '/proc/device-tree/model';

export async function isRaspberryPi5(sysroot: Sysroot): Promise<boolean> {
  return /^Raspberry Pi (5|Compute Module 5|500)/.test((await sysroot.line(boardModel)) ?? '');
}

/** What is missing where hardware was found, but no library that drives it. */
export async function libraryProblem(sysroot: Sysroot, configured: string | undefined): Promise<Problem> {
  if (configured !== undefined) {
    return {
      reason: `its library ${configured} cannot be read`,
      remedy: 'Correct delegates.edgetpu.library, or remove it to use the installed one.',
    };
  }
  return {reason: 'its library libedgetpu.so.1 is not installed', remedy: await libraryRemedy(sysroot)};
}

/** How this system gets the library. Coral's own packages stop at Debian 11 and Ubuntu 20.04. */
async function libraryRemedy(sysroot: Sysroot): Promise<string> {
  if (await hasCoralRepository(sysroot)) return 'sudo apt-get install libedgetpu1-std';
  const id = /^VERSION_CODENAME=(\w+)/m.exec((await sysroot.text('/etc/os-release')) ?? '')?.[1];
  const old = ['buster', 'bullseye', 'bionic', 'focal'];
  if (id !== undefined && !old.includes(id)) {
    const machine = (await sysroot.line('/proc/sys/kernel/arch')) === 'x86_64' ? 'amd64' : 'arm64';
    return `Download libedgetpu1-std_*_${machine}.deb for ${id} from https://github.com/feranick/libedgetpu/releases, then: sudo apt-get install ./libedgetpu1-std_*_${machine}.deb`;
  }
  return 'Add the repository https://packages.cloud.google.com/apt coral-edgetpu-stable main (docs/delegates/edgetpu.md), then: sudo apt-get install libedgetpu1-std';
}

async function hasCoralRepository(sysroot: Sysroot): Promise<boolean> {
  const folder = '/etc/apt/sources.list.d';
  for (const name of await sysroot.list(folder)) {
    if ((await sysroot.text(`${folder}/${name}`))?.includes('coral-edgetpu-stable')) return true;
  }
  return false;
}

/** Why there is nothing to be found. */
export async function absenceProblem(sysroot: Sysroot, library: string | undefined): Promise<Problem> {
  const driver = library === undefined ? ', and its library libedgetpu.so.1 is not installed' : '';
  const isPi5 = await isRaspberryPi5(sysroot);
  const pci = isPi5 ? ` For one on PCIe, add to /boot/firmware/config.txt: ${pi5Overlays}.` : '';
  const install = library === undefined ? ` Driver: ${await libraryRemedy(sysroot)}.` : '';
  return {
    reason: `no Edge TPU on USB (1a6e:089a, 18d1:9302) or PCIe (1ac1:089a)${driver}`,
    remedy: `Plug one in, then run \`dunlin devices\`.${pci}${install}`,
  };
}
