import {totalmem} from 'node:os';
import type {Sysroot} from '../system/sysroot.ts';
import {type Facts, readFacts} from './facts.ts';
import {detectGlibc, detectLibraries, findProgram, type SeenLibrary} from './libraries.ts';
import {readMemory} from './memory.ts';

/** Everything seen on a system without claiming or starting anything. */
export interface SeenSystem {
  readonly facts: Facts;
  readonly libraries: readonly SeenLibrary[];
  /** Full paths of the programs that sources use, where present. */
  readonly programs: Readonly<Record<(typeof programs)[number], string | undefined>>;
  readonly glibc: string | undefined;
  readonly cores: number | undefined;
  readonly memoryBytes: number | undefined;
  /** `Debian GNU/Linux 12 (bookworm)`. */
  readonly os: string | undefined;
}

const programs = ['ffmpeg', 'rpicam-vid', 'libcamera-vid', 'raspistill', 'v4l2-ctl', 'vcgencmd'] as const;

/** Looks at a system. Never throws; what cannot be read is undefined or empty. */
export async function detectSystem(sysroot: Sysroot): Promise<SeenSystem> {
  const facts = await readFacts(sysroot);
  const paths = await Promise.all(programs.map(name => findProgram(name, sysroot)));
  const memory = await readMemory(sysroot);
  const release = (await sysroot.text('/etc/os-release')) ?? '';
  return {
    facts,
    libraries: await detectLibraries(facts, sysroot),
    programs: Object.fromEntries(programs.map((name, index) => [name, paths[index]])) as SeenSystem['programs'],
    glibc: await detectGlibc(facts, sysroot),
    cores: facts.cores,
    memoryBytes: memory?.totalBytes ?? (sysroot.isThisMachine ? totalmem() : undefined),
    os: /^PRETTY_NAME="?([^"\n]*)/m.exec(release)?.[1],
  };
}
