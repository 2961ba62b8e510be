import {fileURLToPath} from 'node:url';
import type {Delegate, Device} from '../delegate/contract.ts';
import type {DelegateTable} from '../delegate/registry.ts';
import {readMeasured} from '../engine/measured.ts';
import {placeModel} from '../engine/open.ts';
import type {PlaceContext, Placement} from '../engine/place.ts';
import {requireTrial} from '../engine/trial.ts';
import type {Log} from '../log/log.ts';
import type {Model} from '../model/model.ts';
import type {ModelVariants} from '../model/variants.ts';
import {engineKey} from '../native/engine-key.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {autoOrder, type BoardProfile} from './profile.ts';

export interface OpenOptions {
  /** Delegate names, best first, optionally with a device: `edgetpu:usb:0`; `auto` stands for the board's order. */
  readonly delegates: readonly string[];
  readonly table: DelegateTable;
  readonly profile: BoardProfile;
  readonly threads: number;
  readonly xnnpack: boolean;
  readonly log: Log;
  /** As in SessionOptions. */
  readonly share?: number;
  readonly maxAgeMs?: number;
  readonly runTimeoutMs?: number;
  readonly openTimeoutMs?: number;
}

const trialEntry = fileURLToPath(new URL('./trial-child.js', import.meta.url));

/** Places a model on the best delegate of the order, proven in a child process first where it runs in this one. */
export function openModel(model: Model | ModelVariants, options: OpenOptions): Promise<Placement> {
  const models = 'primary' in model ? model : {primary: model, for: () => model};
  return placeModel(placeOrder(models.primary, options), placeContext(models, options));
}

/** The places to try, best first. */
export function placeOrder(
  model: Model,
  {delegates, profile}: Pick<OpenOptions, 'delegates' | 'profile'>,
  which: {readonly withAbsent?: boolean} = {},
): readonly string[] {
  return delegates.flatMap(place => (place === 'auto' ? autoOrder(profile, model, which) : [place]));
}

/** Where an order comes from that nobody wrote down: the device profile, or measurements of this machine. */
function orderNote(model: Model, {delegates}: OpenOptions): string | undefined {
  if (!delegates.includes('auto')) return undefined;
  const isMeasured = readMeasured(cacheDir()).some(entry => entry.model === model.sha256);
  return isMeasured ? 'fastest first, as dunlin bench --save measured' : 'the order of the device profile';
}

/** What opening takes, of this program. */
export function placeContext(models: PlaceContext['models'], options: OpenOptions): PlaceContext {
  const {table, threads, xnnpack, log, share, maxAgeMs, runTimeoutMs, openTimeoutMs} = options;
  const note = orderNote(models.primary, options);
  return {
    models,
    table,
    ...(note === undefined ? {} : {orderNote: note}),
    session: {
      threads,
      xnnpack,
      log,
      ...(share === undefined ? {} : {share}),
      ...(maxAgeMs === undefined ? {} : {maxAgeMs}),
      ...(runTimeoutMs === undefined ? {} : {runTimeoutMs}),
      ...(openTimeoutMs === undefined ? {} : {openTimeoutMs}),
    },
    prove: (model: Model, delegate: Delegate, device: Device) =>
      requireTrial(
        model,
        {modelPath: model.path, sha256: model.sha256, delegate: delegate.id, device: device.id, threads, xnnpack},
        {entry: trialEntry, cacheDir: cacheDir(), engineKey: engineKey(model.format)},
      ),
  };
}
