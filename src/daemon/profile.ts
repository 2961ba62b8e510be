import {availableParallelism} from 'node:os';
import type {Model} from '../model/model.ts';
import {delegatesFor, threadsFor} from '../profile/choose.ts';
import {loadProfiles} from '../profile/load.ts';
import {matchProfile} from '../profile/match.ts';
import {type ModelKind, modelKinds, type Profile} from '../profile/schema.ts';
import type {NodeInfo} from '../sink/mqtt/node-payloads.ts';
import {delegateTable} from './delegates.ts';

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
}

/**
 * The profile of this board, or the named one.
 *
 * @throws {ConfigError} no profile has this id
 */
export async function boardProfile(id: string, sysroot = '/'): Promise<BoardProfile> {
  const {profile} = await matchProfile({sysroot, profiles: await loadProfiles(), id});
  const {name, ffmpeg, cameras} = profile;
  const order = Object.fromEntries(
    modelKinds.map(kind => [kind, delegatesFor(profile, kind).filter(candidate => candidate in delegateTable)]),
  ) as Record<ModelKind, string[]>;
  const threads = threadsFor(profile, availableParallelism());
  return {id: profile.id, name, threads, hwaccel: ffmpeg.hwaccel, cameras, order};
}

/** What `auto` stands for with this model: the board's order; the CPU where the profile says nothing. */
export function autoOrder(profile: BoardProfile, model: Model): readonly string[] {
  const kind = model.header.edgetpuCompiled ? 'tflite-edgetpu' : model.format;
  const order = profile.order[kind];
  return order.length > 0 ? order : ['cpu'];
}

/** Every delegate of this build with its devices. */
export function describeDelegates(): Promise<NodeInfo['delegates']> {
  return Promise.all(
    Object.entries(delegateTable).map(async ([id, load]) => {
      const devices = await (await load()).probe();
      return {id, devices: devices.map(device => ({id: device.id, name: device.name}))};
    }),
  );
}
