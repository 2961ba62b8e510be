import {availableParallelism} from 'node:os';
import type {DelegateSettings, DelegateTable} from '../delegate/registry.ts';
import {orderByMeasured, readMeasured} from '../engine/measured.ts';
import {silentLog} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import {noHosts} from '../native/host/none.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {delegatesFor, threadsFor} from '../profile/choose.ts';
import {loadProfiles} from '../profile/load.ts';
import {matchProfile} from '../profile/match.ts';
import {type ModelKind, modelKinds, type Profile} from '../profile/schema.ts';
import type {NodeInfo} from '../sink/mqtt/node-payloads.ts';
import {openDelegateTable} from './delegates.ts';
import {probeTimeoutMs, seeDelegates, withTimeout} from './see-delegates.ts';

/** What the daemon takes from the board's profile. Plain data: it crosses to worker threads. */
export interface BoardProfile {
  readonly id: string;
  readonly name: string;
  readonly threads: number;
  readonly hwaccel: Profile['ffmpeg']['hwaccel'];
  /** Source URIs to try when no configuration names one. */
  readonly cameras: readonly string[];
  /** Delegates of this build, in the board's order, by kind of model. */
  readonly order: Readonly<Record<ModelKind, readonly string[]>>;
  /** Those of them that had a device when this was read, or that the configuration sets up. */
  readonly present: readonly string[];
}

export interface BoardOptions {
  /** `/` unless given. */
  readonly sysroot?: string;
  /** Delegates of the configuration: those of a kind stand where the board's order names that kind. */
  readonly settings?: DelegateSettings;
}

/**
 * The profile of this board, or the named one.
 *
 * @throws {ConfigError} no profile has this id
 */
export async function boardProfile(id: string, options: BoardOptions = {}): Promise<BoardProfile> {
  const {sysroot = '/', settings = {}} = options;
  const {profile} = await matchProfile({sysroot, profiles: await loadProfiles(), id});
  const {name, ffmpeg, cameras} = profile;
  const table = openDelegateTable({settings, hosts: noHosts, log: silentLog, sysroot});
  const setup = {table, settings};
  const order: Partial<Record<ModelKind, readonly string[]>> = {};
  for (const kind of modelKinds) {
    order[kind] = await usableNames(namesInOrder(delegatesFor(profile, kind), settings), setup);
  }
  const present = await presentNames([...new Set(Object.values(order).flat())], setup);
  const threads = threadsFor(profile, availableParallelism());
  return {
    id: profile.id,
    name,
    threads,
    hwaccel: ffmpeg.hwaccel,
    cameras,
    order: order as BoardProfile['order'],
    present,
  };
}

/** An order of the profile in the names of the configuration: each kind with all that are set up of it. */
export function namesInOrder(ids: readonly string[], settings: DelegateSettings): readonly string[] {
  const ofKind = (id: string) => Object.keys(settings).filter(name => settings[name]!.use === id);
  return [...new Set(ids.flatMap(id => [id, ...ofKind(id)]))];
}

/** Names that can be tried at all: in this build, and with the options that they need. */
async function usableNames(names: readonly string[], {table, settings}: Setup): Promise<string[]> {
  const usable = names.map(async name => {
    const delegate = await table.load(name).catch(() => undefined);
    const isServer = delegate?.home === 'remote';
    return delegate === undefined || (isServer && !Object.hasOwn(settings, name)) ? [] : [name];
  });
  return (await Promise.all(usable)).flat();
}

/** Names that the configuration sets up, and those with a device, whether or not it can be used. */
async function presentNames(names: readonly string[], {table, settings}: Setup): Promise<string[]> {
  const present = names.map(async name => {
    if (Object.hasOwn(settings, name)) return [name];
    const probing = table.load(name).then(delegate => delegate.probe());
    const devices = await withTimeout(probing, probeTimeoutMs).catch(() => []);
    return devices.length > 0 ? [name] : [];
  });
  return (await Promise.all(present)).flat();
}

interface Setup {
  readonly table: DelegateTable;
  readonly settings: DelegateSettings;
}

/**
 * What `auto` stands for with this model: the board's order for its kind, as `dunlin bench --save` has corrected it, less
 * what is not here: hardware that a board could have and has not is no fault. A compiled model does miss its accelerator.
 *
 * @param options `withAbsent` leaves in what is not here, for those who wait for it
 */
export function autoOrder(profile: BoardProfile, model: Model, {withAbsent = false} = {}): readonly string[] {
  const isCompiled = model.header.edgetpuCompiled;
  const hasCompiled = model.manifest.variants?.edgetpu !== undefined;
  const names = profile.order[isCompiled || hasCompiled ? 'tflite-edgetpu' : model.format];
  const order = isCompiled || withAbsent ? names : names.filter(name => profile.present.includes(name));
  return order.length > 0 ? orderByMeasured(order, readMeasured(cacheDir()), model.sha256) : ['cpu'];
}

/** Every delegate of the table with its devices, as `info` tells it. */
export async function describeDelegates(table: DelegateTable): Promise<NodeInfo['delegates']> {
  return (await seeDelegates(table)).map(({id, devices, absence}) => ({
    id,
    devices: devices.map(({id: device, name, problem}) => ({
      id: device,
      name,
      ...(problem === undefined ? {} : {problem}),
    })),
    ...(absence === undefined ? {} : {absence}),
  }));
}
