import {toDelegateSettings} from '../config/delegates.ts';
import type {SeenDelegate} from '../daemon/see-delegates.ts';
import {detectSystem, type SeenSystem} from '../profile/detect.ts';
import {type BoardHealth, collectHealth} from '../profile/health.ts';
import {matchProfile, type ProfileMatch} from '../profile/match.ts';
import type {Profile} from '../profile/schema.ts';
import {readTripPoints} from '../profile/temperatures.ts';
import {Sysroot} from '../system/sysroot.ts';
import {checkBoard, checkClock, checkDisk, checkHeat, checkMemory, checkSystem} from './doctor-board.ts';
import {checkConfigFile, type DoctorConfig} from './doctor-config.ts';
import {checkDelegates, checkModelKinds} from './doctor-delegates.ts';
import {checkPrograms, runProbes} from './doctor-parts.ts';

export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface DoctorCheck {
  /** Stable, for scripts: `ffmpeg`, `glibc`. */
  readonly id: string;
  readonly status: CheckStatus;
  readonly found: string;
  /** What Dunlin does with it. */
  readonly chosen?: string;
  /** What to do about it: a command, or one sentence. */
  readonly remedy?: string;
}

/** Says in words what it found; throws an error with a `hint` when it is missing. */
export type Probe = () => Promise<string>;

export interface DoctorProbes {
  /** Needed for everything: the native addon, the TFLite library. */
  readonly addon: Probe;
  readonly runtime: Probe;
  /** Missing, pictures are decoded more slowly. */
  readonly jpeg: Probe;
  /** Only with a broker in the configuration. */
  readonly broker?: Probe;
  /** Source URIs of the cameras that are there. */
  readonly cameras: () => Promise<readonly {readonly uri: string; readonly name: string}[]>;
  /** Delegates of this release with the devices they see. */
  readonly delegates: () => Promise<readonly SeenDelegate[]>;
}

export interface DoctorOptions {
  /** Root of the system to look at; `/` for this machine. */
  readonly sysroot: string;
  readonly profiles: readonly Profile[];
  readonly probes: DoctorProbes;
  readonly config?: DoctorConfig;
  /** Where Dunlin keeps its data. */
  readonly dataFolder?: string;
  /** Stand in for this process; for tests. */
  readonly process?: {readonly arch: string; readonly nodeVersion: string};
}

export interface DoctorReport {
  readonly v: 1;
  /** The worst of all checks. */
  readonly status: CheckStatus;
  readonly profile: {
    readonly id: string;
    readonly name: string;
    readonly score: number;
    readonly why: readonly string[];
    readonly notes: readonly string[];
  };
  readonly system: Pick<SeenSystem, 'os' | 'cores' | 'memoryBytes' | 'glibc' | 'libraries'>;
  readonly health: BoardHealth;
  readonly checks: readonly DoctorCheck[];
}

/**
 * Looks at everything that Dunlin needs here and says what is there, what it chose, and what to do about the rest.
 * Never throws for something missing.
 *
 * @throws {ConfigError} the configuration names a device profile that does not exist
 */
export async function buildDoctorReport(options: DoctorOptions): Promise<DoctorReport> {
  const {config, dataFolder, probes, profiles} = options;
  const id = config !== undefined && 'config' in config ? config.config.profile : 'auto';
  const match = await matchProfile({sysroot: options.sysroot, profiles, id});
  const system = await detectSystem(new Sysroot(options.sysroot));
  const health = await collectHealth(options.sysroot, dataFolder === undefined ? {} : {dataFolder});
  const tripPoints = await readTripPoints(new Sysroot(options.sysroot));
  const running = options.process ?? {arch: process.arch, nodeVersion: process.versions.node};
  const probed = await runProbes(probes);
  const checks: DoctorCheck[] = [
    checkBoard(match, system),
    ...checkSystem(system, running),
    ...checkMemory(health),
    ...checkDisk(health),
    ...checkHeat(health, match.profile, tripPoints),
    ...checkClock(health),
    ...probed.checks,
    ...checkPrograms(system),
    ...checkDelegates(probed.delegates, wantedDelegates(config)),
    ...checkModelKinds(match.profile, probed.delegates, settingsOf(config)),
    ...(config === undefined ? [] : await checkConfigFile(config)),
  ];
  return {v: 1, status: worst(checks), profile: describeProfile(match), system: describeSystem(system), health, checks};
}

function settingsOf(config: DoctorConfig | undefined) {
  return config !== undefined && 'config' in config ? toDelegateSettings(config.config) : {};
}

/** Names that the configuration sets up, or that it uses somewhere. */
function wantedDelegates(config: DoctorConfig | undefined): ReadonlySet<string> {
  if (config === undefined || !('config' in config)) return new Set();
  const {delegates, pipelines, http} = config.config;
  const users = [...Object.values(pipelines), ...Object.values(http.models)];
  const used = users.flatMap(user => (user.delegates === 'auto' ? [] : user.delegates));
  return new Set([...Object.keys(delegates), ...used.map(({id}) => id)]);
}

function worst(checks: readonly DoctorCheck[]): CheckStatus {
  const order: readonly CheckStatus[] = ['fail', 'warn', 'ok'];
  return order.find(status => checks.some(check => check.status === status)) ?? 'ok';
}

function describeProfile({profile, score, why}: ProfileMatch): DoctorReport['profile'] {
  const {id, name, notes} = profile;
  return {id, name, score, why, notes};
}

function describeSystem({os, cores, memoryBytes, glibc, libraries}: SeenSystem): DoctorReport['system'] {
  return {os, cores, memoryBytes, glibc, libraries};
}
