import {problemOf} from '../daemon/see-delegates.ts';
import type {Delegate} from '../delegate/contract.ts';
import type {DelegateTable} from '../delegate/registry.ts';
import type {ModelVariants} from '../model/variants.ts';

/** A delegate, or one device of it, that is left out of a comparison. */
export interface Skipped {
  readonly delegate: string;
  readonly device?: string;
  readonly reason: string;
  readonly remedy?: string;
}

export interface Places {
  /** Devices that can run the model, as `NAME:DEVICE`. */
  readonly places: readonly string[];
  readonly skipped: readonly Skipped[];
}

/** Where a model can run, and why not elsewhere. Claims nothing. @param names which delegates to ask */
export async function listPlaces(
  table: DelegateTable,
  models: ModelVariants,
  names: readonly string[] = table.names,
): Promise<Places> {
  const places: string[] = [];
  const skipped: Skipped[] = [];
  for (const name of names) {
    try {
      const found = await lookAt(await table.load(name), name, models);
      places.push(...found.places);
      skipped.push(...found.skipped);
    } catch (error) {
      skipped.push({delegate: name, ...problemOf(error)});
    }
  }
  return {places, skipped};
}

async function lookAt(delegate: Delegate, name: string, models: ModelVariants) {
  const model = models.for(delegate.id);
  const places: string[] = [];
  const skipped: Skipped[] = [];
  const devices = await delegate.probe();
  if (devices.length === 0) skipped.push({delegate: name, ...(await delegate.absence())});
  for (const device of devices) {
    const refused = delegate.unsupportedReason(model, device);
    const problem = device.problem ?? (refused === undefined ? undefined : {reason: refused});
    if (problem === undefined) places.push(`${name}:${device.id}`);
    else skipped.push({delegate: name, device: device.id, ...problem});
  }
  return {places, skipped};
}
