import type {Sysroot} from '../../src/system/sysroot.ts';

/** The release that a Jetson runs. */
export interface JetPack {
  /** `4.6`, `5`, `6`; what remedies go by. */
  readonly version: string;
  /** `R35.4.1`. */
  readonly l4t: string;
}

/** What GPUs of one kind of chip can do. */
export interface Chip {
  /** In keys of cached engines: `tegra234 sm_87`, `NVIDIA H100`. */
  readonly name: string;
  /** Deep learning accelerators beside the GPU. */
  readonly dlaCores: number;
  readonly int8: boolean;
  /** Milliseconds to build an engine: so much at least, and so much per billion multiply-accumulates. */
  readonly build: {readonly leastMs: number; readonly perGigaMacMs: number};
}

/** One NVIDIA GPU that the system shows. */
export interface Gpu {
  /** For people: `NVIDIA Jetson Orin Nano`. */
  readonly name: string;
  readonly chip: Chip;
  /** Device node, or undefined where none is visible. */
  readonly node: string | undefined;
}

export interface Board {
  readonly jetpack: JetPack | undefined;
  readonly isTegra: boolean;
  /** In the order of their PCI addresses. */
  readonly gpus: readonly Gpu[];
}

/** Build times are priors of this project, replaced by what builds on the device took (build-times.ts). */
const chips: Readonly<Record<string, Chip>> = {
  tegra210: {name: 'tegra210 sm_53', dlaCores: 0, int8: false, build: {leastMs: 60_000, perGigaMacMs: 60_000}},
  tegra186: {name: 'tegra186 sm_62', dlaCores: 0, int8: false, build: {leastMs: 45_000, perGigaMacMs: 40_000}},
  tegra194: {name: 'tegra194 sm_72', dlaCores: 2, int8: true, build: {leastMs: 40_000, perGigaMacMs: 20_000}},
  tegra234: {name: 'tegra234 sm_87', dlaCores: 2, int8: true, build: {leastMs: 40_000, perGigaMacMs: 15_000}},
  tegra264: {name: 'tegra264 sm_110', dlaCores: 0, int8: true, build: {leastMs: 30_000, perGigaMacMs: 10_000}},
};
const otherBuild = {leastMs: 15_000, perGigaMacMs: 5_000};

/** Modules of tegra234 whose accelerators are fused off, by part number: Orin Nano has none, Orin NX 8 GB has one. */
const dlaByModule: Readonly<Record<string, number>> = {
  'p3767-0001': 1,
  'p3767-0003': 0,
  'p3767-0004': 0,
  'p3767-0005': 0,
};

/** The GPU's node under L4T 32 and 35, and since 36. */
const tegraNodes = ['/dev/nvhost-gpu', '/dev/nvgpu/igpu0/as', '/dev/nvidia0'];

/** NVIDIA GPUs, read from files; nothing is claimed. */
export async function readBoard(sysroot: Sysroot): Promise<Board> {
  const release = await sysroot.line('/etc/nv_tegra_release');
  const compatible = ((await sysroot.text('/proc/device-tree/compatible')) ?? '').split('\n');
  const soc = compatible.map(text => /^nvidia,(tegra\d+)$/.exec(text)?.[1]).find(text => text !== undefined);
  const jetpack = parseRelease(release);
  if (jetpack === undefined && soc === undefined) {
    return {jetpack: undefined, isTegra: false, gpus: await readDesktopGpus(sysroot)};
  }
  const model = await sysroot.line('/proc/device-tree/model');
  return {
    jetpack,
    isTegra: true,
    gpus: [
      {name: model ?? 'NVIDIA Jetson', chip: tegraChip(soc, compatible), node: await firstThere(sysroot, tegraNodes)},
    ],
  };
}

/** `# R35 (release), REVISION: 4.1, …` */
export function parseRelease(line: string | undefined): JetPack | undefined {
  const [, major, revision] = /^# R(\d+) \(release\), REVISION: ([\d.]+)/.exec(line ?? '') ?? [];
  if (major === undefined || revision === undefined) return undefined;
  const minor = Number(revision.split('.')[0]);
  return {version: jetpackVersion(Number(major), minor), l4t: `R${major}.${revision}`};
}

function jetpackVersion(major: number, minor: number): string {
  if (major === 32) return minor >= 6 ? '4.6' : minor >= 4 ? `4.${minor}` : '4';
  const versions: Readonly<Record<number, string>> = {34: '5', 35: '5', 36: '6', 38: '7'};
  return versions[major] ?? `of L4T R${major}`;
}

function tegraChip(soc: string | undefined, compatible: readonly string[]): Chip {
  const chip = soc === undefined ? undefined : chips[soc];
  if (chip === undefined) return {name: soc ?? 'tegra', dlaCores: 0, int8: true, build: otherBuild};
  const modules = Object.entries(dlaByModule);
  const found = modules.find(([module]) => compatible.some(text => text.includes(module)));
  return found === undefined || soc !== 'tegra234' ? chip : {...chip, dlaCores: found[1]};
}

/** Graphics cards, as their kernel driver lists them. */
async function readDesktopGpus(sysroot: Sysroot): Promise<readonly Gpu[]> {
  if (!(await sysroot.exists('/proc/driver/nvidia/version'))) return [];
  const folder = '/proc/driver/nvidia/gpus';
  const addresses = await sysroot.list(folder);
  return Promise.all(
    addresses.map(async address => {
      const text = (await sysroot.text(`${folder}/${address}/information`)) ?? '';
      const name = /^Model:\s*(.+)$/m.exec(text)?.[1]?.trim() ?? 'NVIDIA GPU';
      const minor = /^Device Minor:\s*(\d+)/m.exec(text)?.[1];
      const node = await firstThere(sysroot, minor === undefined ? [] : [`/dev/nvidia${minor}`]);
      return {name, node, chip: {name, dlaCores: 0, int8: true, build: otherBuild}};
    }),
  );
}

async function firstThere(sysroot: Sysroot, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await sysroot.exists(path)) return path;
  return undefined;
}
