import type {Device} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';

/** An Intel GPU or NPU that the kernel shows. */
export interface IntelNode {
  /** Id of its first device in OpenVINO. */
  readonly device: 'GPU' | 'NPU';
  readonly path: string;
  readonly usable: boolean;
}

const intel = '0x8086';

/** Device nodes of Intel GPUs and NPUs: what OpenVINO needs beside its own library. */
export async function findIntelNodes(sysroot: Sysroot): Promise<readonly IntelNode[]> {
  const places = [
    {device: 'GPU', classFolder: '/sys/class/drm', nodes: '/dev/dri', pattern: /^renderD\d+$/},
    {device: 'NPU', classFolder: '/sys/class/accel', nodes: '/dev/accel', pattern: /^accel\d+$/},
  ] as const;
  const found: IntelNode[] = [];
  for (const {device, classFolder, nodes, pattern} of places) {
    for (const name of await sysroot.list(classFolder)) {
      if (!pattern.test(name) || (await sysroot.line(`${classFolder}/${name}/device/vendor`)) !== intel) continue;
      const path = `${nodes}/${name}`;
      found.push({device, path, usable: await sysroot.isUsable(path)});
    }
  }
  return found;
}

/** What the kernel shows and the library does not list, each with the reason that is most likely. */
export function unlistedDevices(nodes: readonly IntelNode[], listed: readonly string[]): Device[] {
  const isListed = (device: string) => listed.some(id => id === device || id.startsWith(`${device}.`));
  const missing = nodes.filter(({device}, index) => {
    return !isListed(device) && nodes.findIndex(node => node.device === device) === index;
  });
  return missing.map(({device, path, usable}) => ({
    id: device,
    name: `Intel ${device} at ${path}`,
    problem: usable ? driverMissing(device) : noPermission(path),
  }));
}

function noPermission(path: string) {
  return {
    reason: `no permission for ${path}`,
    remedy: 'sudo usermod -aG render dunlin (then start again; in a container, pass the device on).',
  };
}

function driverMissing(device: IntelNode['device']) {
  const driver =
    device === 'GPU'
      ? 'its OpenCL driver: sudo apt-get install intel-opencl-icd'
      : 'its driver: the packages intel-driver-compiler-npu and intel-level-zero-npu of github.com/intel/linux-npu-driver';
  return {reason: 'OpenVINO does not list it', remedy: `Install ${driver}; then look again with dunlin devices.`};
}
