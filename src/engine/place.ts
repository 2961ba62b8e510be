import type {Delegate, Device, Session, SessionOptions} from '../delegate/contract.ts';
import type {DelegateTable} from '../delegate/registry.ts';
import {DelegateUnavailableError, DunlinError, isRetryable, ModelUnsupportedError} from '../error/errors.ts';
import type {Model} from '../model/model.ts';
import type {ModelVariants} from '../model/variants.ts';
import {carryState} from './stateful.ts';

/** Why a place in the order was passed over. */
export interface Rejection {
  readonly delegate: string;
  readonly device?: string;
  readonly reason: string;
  /** A command or step for the operator. */
  readonly remedy?: string;
}

/** A rejection with the error behind it. */
export interface Refusal extends Rejection {
  /** True when there is no such hardware at all. */
  readonly isAbsent?: boolean;
  readonly error: DunlinError;
}

/** A model open on one device. */
export interface Opened {
  readonly session: Session;
  /** The file that this delegate runs. */
  readonly model: Model;
  /** Name in the configuration. */
  readonly delegate: string;
  readonly home: Delegate['home'];
  readonly device: Device;
}

/** An open session with the story of how it was chosen. */
export interface Placement extends Opened {
  /** One sentence: `first of edgetpu, cpu that can run this model`. */
  readonly why: string;
  readonly rejected: readonly Rejection[];
}

/** What opening a model takes, wherever it is opened. */
export interface PlaceContext {
  readonly models: Pick<ModelVariants, 'primary' | 'for'>;
  readonly table: DelegateTable;
  readonly session: SessionOptions;
  /** Proves the model in a child process first; throws when it must not be opened in this process. */
  readonly prove: (model: Model, delegate: Delegate, device: Device) => Promise<void>;
  /** Where the order comes from, for people, when nobody wrote it down: `fastest first, as measured`. */
  readonly orderNote?: string;
}

/** What came of trying one place: every device that was passed over, and the one that was opened. */
export interface Attempt {
  readonly opened?: Opened;
  readonly refusals: readonly Refusal[];
}

/** `edgetpu:usb:0` is device `usb:0` of delegate `edgetpu`; `edgetpu` any of its devices. */
export function splitPlace(place: string): {readonly name: string; readonly deviceId: string | undefined} {
  const colon = place.indexOf(':');
  if (colon < 0) return {name: place, deviceId: undefined};
  return {name: place.slice(0, colon), deviceId: place.slice(colon + 1)};
}

/** True when nothing but another model, configuration or program can change it. */
export function isFinal({error}: Refusal): boolean {
  return !isRetryable(error);
}

/**
 * Opens the model on the first device of one place that takes it.
 *
 * @param avoid a device to try last: the one that was lost
 * @throws {UsageError} no delegate of that name
 * @throws {ConfigError} the delegate's options are wrong
 */
export async function tryPlace(place: string, context: PlaceContext, avoid?: string): Promise<Attempt> {
  const {name, deviceId} = splitPlace(place);
  const delegate = await context.table.load(name);
  const present = (await delegate.probe()).filter(({id}) => deviceId === undefined || id === deviceId);
  const devices = [...present.filter(({id}) => id !== avoid), ...present.filter(({id}) => id === avoid)];
  if (devices.length === 0) return {refusals: [await absent(delegate, name, deviceId)]};
  const refusals: Refusal[] = [];
  for (const device of devices) {
    const outcome = await tryDevice(delegate, device, {name, context});
    if ('session' in outcome) return {opened: outcome, refusals};
    refusals.push(outcome);
  }
  return {refusals};
}

async function absent(delegate: Delegate, name: string, deviceId: string | undefined): Promise<Refusal> {
  const {reason, remedy} = await delegate.absence();
  if (deviceId === undefined) {
    return {delegate: name, reason, remedy, isAbsent: true, error: unavailable(name, reason, remedy)};
  }
  const missing = `no device ${deviceId} found`;
  return {delegate: name, device: deviceId, reason: missing, remedy, error: unavailable(name, missing, remedy)};
}

function unavailable(where: string, reason: string, remedy: string): DunlinError {
  return new DelegateUnavailableError(`${where}: ${reason}`, remedy);
}

async function tryDevice(
  delegate: Delegate,
  device: Device,
  {name, context}: {readonly name: string; readonly context: PlaceContext},
): Promise<Opened | Refusal> {
  const refuse = (reason: string, remedy: string, error: DunlinError): Refusal => {
    return {delegate: name, device: device.id, reason, remedy, error};
  };
  if (device.problem !== undefined) {
    const {reason, remedy} = device.problem;
    return refuse(reason, remedy, unavailable(`${name} ${device.id}`, reason, remedy));
  }
  const model = context.models.for(delegate.id);
  const unsupported = withoutPicture(context.models.primary, model) ?? delegate.unsupportedReason(model, device);
  if (unsupported !== undefined) {
    const error = new ModelUnsupportedError(`${model.path}: ${unsupported}`, 'Use a model made for this delegate.');
    return refuse(unsupported, error.hint, error);
  }
  try {
    if (delegate.home === 'in-process') await context.prove(model, delegate, device);
    const session = await delegate.open(model, device, context.session);
    return {session: carryState(session, model), model, delegate: name, home: delegate.home, device};
  } catch (error) {
    if (!(error instanceof DunlinError)) throw error;
    return refuse(error.message, error.hint, error);
  }
}

/** Pipelines feed pictures: a variant must take them as the primary does. */
function withoutPicture(primary: Model, model: Model): string | undefined {
  return primary.image === undefined || model.image !== undefined ? undefined : 'its variant takes no picture';
}
