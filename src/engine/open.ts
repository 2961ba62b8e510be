import type {Delegate, Device, Session, SessionOptions} from '../delegate/contract.ts';
import {type DelegateTable, loadDelegate} from '../delegate/registry.ts';
import {DelegateUnavailableError, DunlinError, ModelUnsupportedError} from '../error/errors.ts';
import type {Model} from '../model/model.ts';
import {carryState} from './stateful.ts';

/** Why a place in the order was passed over. */
export interface Rejection {
  readonly delegate: string;
  readonly device?: string;
  readonly reason: string;
}

/** An open session with the story of how it was chosen. */
export interface Placement {
  readonly session: Session;
  readonly delegate: string;
  readonly device: Device;
  /** One sentence: `first of edgetpu, cpu that can run this model`. */
  readonly why: string;
  readonly rejected: readonly Rejection[];
}

export interface PlaceOptions extends SessionOptions {
  /** Delegate ids, best first, optionally with a device: `cpu`, `edgetpu:usb:0`. */
  readonly order: readonly string[];
  /** Proves the model in a child process first; throws when it must not be opened here. */
  readonly prove: (model: Model, delegate: Delegate, device: Device) => Promise<void>;
}

/**
 * Opens the model on the first delegate and device of the order that can run it.
 *
 * @throws {ModelUnsupportedError} when every place refused the model itself
 * @throws {DelegateUnavailableError} when no place was there to try, with every reason in the message
 */
export async function placeModel(model: Model, table: DelegateTable, options: PlaceOptions): Promise<Placement> {
  const rejected: Rejection[] = [];
  const causes: unknown[] = [];
  for (const place of options.order) {
    const {id, deviceId} = splitPlace(place);
    const delegate = await loadDelegate(table, id);
    const devices = (await delegate.probe()).filter(device => deviceId === undefined || device.id === deviceId);
    if (devices.length === 0) {
      rejected.push({
        delegate: id,
        reason: deviceId === undefined ? 'no such device found' : `no device ${deviceId} found`,
      });
    }
    for (const device of devices) {
      const reason = delegate.unsupportedReason(model, device);
      if (reason !== undefined) {
        rejected.push({delegate: id, device: device.id, reason});
        causes.push(new ModelUnsupportedError(`${model.path}: ${reason}`, 'Use a model made for this delegate.'));
        continue;
      }
      try {
        await options.prove(model, delegate, device);
        const session = carryState(await delegate.open(model, device, options), model);
        return {session, delegate: id, device, why: explain(options.order, rejected), rejected};
      } catch (error) {
        if (!(error instanceof DunlinError)) throw error;
        causes.push(error);
        rejected.push({delegate: id, device: device.id, reason: error.message});
      }
    }
  }
  throw nothingLeft(model, rejected, causes);
}

function splitPlace(place: string): {id: string; deviceId: string | undefined} {
  const colon = place.indexOf(':');
  return colon < 0 ? {id: place, deviceId: undefined} : {id: place.slice(0, colon), deviceId: place.slice(colon + 1)};
}

function explain(order: readonly string[], rejected: readonly Rejection[]): string {
  if (rejected.length > 0) return rejected.map(({delegate, reason}) => `${delegate} passed over: ${reason}`).join('; ');
  return order.length === 1 ? 'the only delegate asked for' : `first of ${order.join(', ')}`;
}

function nothingLeft(model: Model, rejected: readonly Rejection[], causes: readonly unknown[]): DunlinError {
  const only = causes[0];
  if (causes.length === 1 && only instanceof DunlinError && rejected.length === 1) return only;
  const reasons = rejected.map(
    ({delegate, device, reason}) => `${delegate}${device === undefined ? '' : `:${device}`}: ${reason}`,
  );
  const message = `${model.path}: no delegate can run it (${reasons.join('; ')})`;
  const allRefused = causes.length > 0 && causes.every(cause => cause instanceof ModelUnsupportedError);
  const options = {cause: only};
  return allRefused
    ? new ModelUnsupportedError(message, 'Convert the model for one of these delegates.', options)
    : new DelegateUnavailableError(message, 'Run `dunlin doctor` to see what is missing.', options);
}
