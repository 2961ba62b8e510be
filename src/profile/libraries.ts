import type {Sysroot} from '../system/sysroot.ts';
import type {Facts} from './facts.ts';

/** A library file found where the system's loader looks. */
export interface SeenLibrary {
  /** `tflite`, `turbojpeg`, `edgetpu`, `openvino`, `tensorrt`, `cuda`, `onnxruntime`. */
  readonly name: string;
  readonly path: string;
}

const multiarch: Readonly<Record<string, string>> = {
  arm64: 'aarch64-linux-gnu',
  x64: 'x86_64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
};

/** Engines that are opened at run time, by the name their delegate looks for. */
const libraries: Readonly<Record<string, RegExp>> = {
  tflite: /^libtensorflowlite_c\.so/,
  turbojpeg: /^libturbojpeg\.so/,
  edgetpu: /^libedgetpu\.so/,
  openvino: /^libopenvino_c\.so/,
  tensorrt: /^libnvinfer\.so/,
  cuda: /^libcudart\.so/,
  onnxruntime: /^libonnxruntime\.so/,
};

/** The engine libraries in the loader's usual folders. */
export async function detectLibraries(facts: Facts, sysroot: Sysroot): Promise<readonly SeenLibrary[]> {
  const triplet = multiarch[facts.arch ?? ''];
  const folders = [
    '/usr/local/lib',
    ...(triplet === undefined
      ? []
      : [`/usr/lib/${triplet}`, `/usr/lib/${triplet}/nvidia`, `/usr/lib/${triplet}/tegra`]),
    '/usr/lib',
    '/usr/lib64',
    '/usr/local/cuda/lib64',
    '/opt/intel/openvino/runtime/lib/intel64',
    '/opt/intel/openvino/runtime/lib/aarch64',
  ];
  const seen: SeenLibrary[] = [];
  for (const folder of folders) {
    const names = await sysroot.list(folder);
    for (const [name, pattern] of Object.entries(libraries)) {
      const file = names.find(entry => pattern.test(entry));
      if (file !== undefined && !seen.some(library => library.name === name))
        seen.push({name, path: `${folder}/${file}`});
    }
  }
  return seen;
}

/** Full path of a program in the usual folders. */
export async function findProgram(name: string, sysroot: Sysroot): Promise<string | undefined> {
  for (const folder of ['/usr/local/bin', '/usr/bin', '/bin', '/opt/vc/bin']) {
    if (await sysroot.exists(`${folder}/${name}`)) return `${folder}/${name}`;
  }
  return undefined;
}

/** Version of the GNU C library, as `2.36`; undefined for systems without it. */
export async function detectGlibc(facts: Facts, sysroot: Sysroot): Promise<string | undefined> {
  const triplet = multiarch[facts.arch ?? ''];
  const folders = [...(triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`]), '/lib64', '/lib'];
  for (const folder of folders) {
    const banner = await sysroot.search(
      `${folder}/libc.so.6`,
      /GNU C Library [^\n]{0,200}? release version (\d+\.\d+)/,
    );
    if (banner !== undefined) return banner;
  }
  return undefined;
}
