import {
  DelegateUnavailableError,
  type DunlinError,
  ModelUnsupportedError,
  NativeUnavailableError,
} from '../error/errors.ts';
import type {Model} from '../model/model.ts';
import {type PlaceContext, type Placement, type Refusal, type Rejection, tryPlace} from './place.ts';

/**
 * Opens the model on the first delegate and device of the order that can run it.
 *
 * @param order delegate names, best first, optionally with a device: `cpu`, `edgetpu:usb:0`
 * @throws {ModelUnsupportedError} when every place refused the model itself
 * @throws {DelegateUnavailableError} when no place was there to try, with every reason in the message
 */
export async function placeModel(order: readonly string[], context: PlaceContext): Promise<Placement> {
  const refusals: Refusal[] = [];
  for (const place of order) {
    const attempt = await tryPlace(place, context);
    refusals.push(...attempt.refusals);
    if (attempt.opened === undefined) continue;
    return {
      ...attempt.opened,
      why: explainChoice(order, refusals, context.orderNote),
      rejected: refusals.map(toRejection),
    };
  }
  throw nothingLeft(context.models.primary, refusals);
}

/** One sentence: why the place in use was chosen. */
export function explainChoice(order: readonly string[], rejected: readonly Rejection[], note?: string): string {
  if (rejected.length > 0) return rejected.map(({delegate, reason}) => `${delegate} passed over: ${reason}`).join('; ');
  if (order.length === 1) return 'the only delegate asked for';
  return `first of ${order.join(', ')}${note === undefined ? '' : ` (${note})`}`;
}

/** A refusal without its error: plain data. */
export function toRejection({delegate, device, reason, remedy}: Rejection): Rejection {
  return {
    delegate,
    ...(device === undefined ? {} : {device}),
    reason,
    ...(remedy === undefined ? {} : {remedy}),
  };
}

/** What an error tells of the model. */
export type RefusedModel = Pick<Model, 'path' | 'twinNote'> & {
  readonly header: Pick<Model['header'], 'edgetpuCompiled'>;
};

/** The error for a model that no place of the order can run. */
export function nothingLeft(model: RefusedModel, refusals: readonly Refusal[]): DunlinError {
  const [only] = refusals;
  if (only !== undefined && refusals.length === 1)
    return model.header.edgetpuCompiled ? named(model, only) : only.error;
  const reasons = refusals.map(
    ({delegate, device, reason}) => `${delegate}${device === undefined ? '' : `:${device}`}: ${reason}`,
  );
  const message = `${model.path}: no delegate can run it (${reasons.join('; ')})`;
  const options = {cause: only?.error};
  const incomplete = refusals.find(({error}) => error instanceof NativeUnavailableError);
  if (incomplete) return new NativeUnavailableError(message, incomplete.error.hint, options);
  return refusals.every(({error}) => error instanceof ModelUnsupportedError)
    ? new ModelUnsupportedError(message, 'Convert the model for one of these delegates.', options)
    : new DelegateUnavailableError(message, hintFor(model, refusals), options);
}

/** A compiled model has a second way out: the model that it was compiled from. */
function named({path, twinNote}: RefusedModel, {error}: Refusal): DunlinError {
  if (!(error instanceof DelegateUnavailableError) || twinNote === undefined) return error;
  const message = `${path}: ${error.message}; ${twinNote}`;
  return new DelegateUnavailableError(message, `${error.hint} Or run its CPU twin: put "cpu" behind in the order.`, {
    cause: error,
  });
}

function hintFor({header}: RefusedModel, refusals: readonly Refusal[]): string {
  const remedy = refusals.find(({error}) => error instanceof DelegateUnavailableError)?.remedy;
  if (!header.edgetpuCompiled || remedy === undefined) return 'Run `dunlin doctor` to see what is missing.';
  return `${remedy} Or put the model that it was compiled from beside it.`;
}
