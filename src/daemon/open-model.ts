import {fileURLToPath} from 'node:url';
import type {Delegate, Device} from '../delegate/contract.ts';
import {type Placement, placeModel} from '../engine/open.ts';
import {requireTrial} from '../engine/trial.ts';
import type {Log} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import {engineKey} from '../native/engine-key.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {delegateTable} from './delegates.ts';
import {autoOrder, type BoardProfile} from './profile.ts';

export interface OpenOptions {
  /** Delegate ids, best first; `auto` stands for the board's order. */
  readonly delegates: readonly string[];
  readonly profile: BoardProfile;
  readonly threads: number;
  readonly xnnpack: boolean;
  readonly log: Log;
}

const trialEntry = fileURLToPath(new URL('./trial-child.js', import.meta.url));

/** Places a model on the best delegate of the order, proven in a child process first when its hash is new. */
export function openModel(model: Model, options: OpenOptions): Promise<Placement> {
  const {threads, xnnpack, log, profile} = options;
  const order = options.delegates.flatMap(id => (id === 'auto' ? autoOrder(profile, model) : [id]));
  const prove = (candidate: Model, delegate: Delegate, device: Device) =>
    requireTrial(
      candidate,
      {modelPath: candidate.path, sha256: candidate.sha256, delegate: delegate.id, device: device.id, threads, xnnpack},
      {entry: trialEntry, cacheDir: cacheDir(), engineKey: engineKey(candidate.format)},
    );
  return placeModel(model, delegateTable, {order, threads, xnnpack, log, prove});
}
