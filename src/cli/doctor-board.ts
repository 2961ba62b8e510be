import type {SeenSystem} from '../profile/detect.ts';
import type {BoardHealth} from '../profile/health.ts';
import type {ProfileMatch} from '../profile/match.ts';
import type {Profile} from '../profile/schema.ts';
import type {DoctorCheck} from './doctor-report.ts';

const mebibyte = 1024 * 1024;
/** One small TFLite model takes the daemon to about 80 MB. */
const leastMemoryBytes = 128 * mebibyte;
const leastDiskBytes = 64 * mebibyte;

/** Which board this is taken for, and why. */
export function checkBoard({profile, why}: ProfileMatch, system: SeenSystem): DoctorCheck {
  const {facts, os} = system;
  const board = facts.model ?? [facts.dmi.sys_vendor, facts.dmi.product_name].filter(Boolean).join(' ');
  const found = [board, os, facts.tegraRelease?.split(',').slice(0, 2).join(',')].filter(Boolean).join('; ');
  const check = {
    id: 'board',
    found: found || 'a board that does not say its name',
    chosen: `profile ${profile.id} (${why[0]})`,
  };
  if (!profile.generic || facts.arch === 'x64') return {...check, status: 'ok'};
  return {...check, status: 'warn', remedy: 'Write a profile for this board: docs/adding-a-board.md.'};
}

/** Architecture, Node and C library: what native code needs. */
export function checkSystem(
  system: SeenSystem,
  running: {readonly arch: string; readonly nodeVersion: string},
): DoctorCheck[] {
  return [
    checkArch(system.facts.arch, running.arch),
    {id: 'node', status: 'ok', found: `Node ${running.nodeVersion}`},
    ...checkGlibc(system.glibc),
  ];
}

function checkArch(kernel: string | undefined, ours: string): DoctorCheck {
  if (ours === 'arm64' || ours === 'x64') return {id: 'architecture', status: 'ok', found: ours};
  const found = kernel === undefined || kernel === ours ? ours : `${ours} programs on an ${kernel} kernel`;
  return {
    id: 'architecture',
    status: 'fail',
    found,
    remedy: 'Install a 64-bit system and its Node: there is no current TFLite library for 32-bit processors.',
  };
}

/**
 * Which TFLite library this C library can load.
 * As packaged in Maven's `org.bytedeco:tensorflow-lite`: 2.21.0-1.5.14 needs glibc 2.34, 2.18.0-1.5.11 glibc 2.30.
 */
function checkGlibc(glibc: string | undefined): DoctorCheck[] {
  if (glibc === undefined) {
    const remedy = 'Use a Debian, Ubuntu or Raspberry Pi OS system or container: the libraries need the GNU C library.';
    return [{id: 'glibc', status: 'warn', found: 'no GNU C library was found', remedy}];
  }
  const minor = Number(glibc.split('.')[1]);
  if (minor >= 34) return [{id: 'glibc', status: 'ok', found: `glibc ${glibc}`, chosen: 'TFLite 2.21'}];
  if (minor >= 30) return [{id: 'glibc', status: 'ok', found: `glibc ${glibc}`, chosen: 'TFLite 2.18'}];
  const remedy = 'Run Dunlin in a container of a newer system (Debian 12): docs/adding-a-board.md, "Old systems".';
  return [{id: 'glibc', status: 'fail', found: `glibc ${glibc}, older than 2.30`, remedy}];
}

export function checkMemory({memory}: BoardHealth): DoctorCheck[] {
  const found = `${mebibytes(memory.availableBytes)} of ${mebibytes(memory.totalBytes)} available`;
  if (memory.availableBytes >= leastMemoryBytes) return [{id: 'memory', status: 'ok', found}];
  return [{id: 'memory', status: 'warn', found, remedy: 'Stop other programs, or use a smaller model.'}];
}

export function checkDisk({disk}: BoardHealth): DoctorCheck[] {
  if (disk === undefined) return [];
  const found = `${disk.path}: ${mebibytes(disk.freeBytes)} free`;
  if (!disk.writable) {
    return [
      {
        id: 'disk',
        status: 'warn',
        found: `${disk.path} cannot be written`,
        remedy: `Make it writable: sudo chown -R dunlin ${disk.path}`,
      },
    ];
  }
  if (disk.freeBytes >= leastDiskBytes) return [{id: 'disk', status: 'ok', found}];
  return [
    {
      id: 'disk',
      status: 'warn',
      found,
      remedy: 'Free some space: sudo journalctl --vacuum-size=50M; sudo apt-get clean',
    },
  ];
}

/**
 * Temperature against the profile's limit, and what the firmware does about heat and low voltage.
 *
 * @param tripPoints the kernel's own limits by zone, for boards whose profile has none
 */
export function checkHeat(
  {temperatures, throttling}: BoardHealth,
  profile: Profile,
  tripPoints: ReadonlyMap<string, number>,
): DoctorCheck[] {
  const hottest = [...temperatures].sort((one, other) => other.celsius - one.celsius)[0];
  const checks: DoctorCheck[] = [];
  if (hottest !== undefined) {
    const limit = profile.thermal?.throttleC ?? tripPoints.get(hottest.zone);
    const found = `${hottest.celsius} °C (${hottest.zone})${limit === undefined ? '' : `, slows down from ${limit} °C`}`;
    const isHot = limit !== undefined && hottest.celsius >= limit;
    checks.push({
      id: 'temperature',
      status: isHot ? 'warn' : 'ok',
      found,
      ...(isHot ? {remedy: 'Add a heat sink or fan.'} : {}),
    });
  }
  if (throttling !== undefined) checks.push(checkThrottling(throttling));
  return checks;
}

function checkThrottling({now, sinceBoot}: NonNullable<BoardHealth['throttling']>): DoctorCheck {
  const all = [...new Set([...now, ...sinceBoot])];
  if (all.length === 0) return {id: 'throttling', status: 'ok', found: 'none since the start'};
  const found = now.length > 0 ? `now: ${now.join(', ')}` : `earlier, since the start: ${sinceBoot.join(', ')}`;
  const remedy = all.includes('under-voltage')
    ? "Use the board's own power supply and a short cable."
    : 'Add a heat sink or fan.';
  return {id: 'throttling', status: 'warn', found, remedy};
}

export function checkClock({clock}: BoardHealth): DoctorCheck[] {
  if (clock === undefined) return [];
  if (clock.synchronized) return [{id: 'clock', status: 'ok', found: 'follows a time server'}];
  const remedy = 'sudo timedatectl set-ntp true';
  return [{id: 'clock', status: 'warn', found: 'not set by a time server: times in events may be wrong', remedy}];
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / mebibyte)} MiB`;
}
