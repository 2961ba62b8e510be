import type {SeenDelegate} from '../daemon/see-delegates.ts';
import type {ModelKind} from '../profile/schema.ts';

/** Why a place in the order is not used. */
export interface RejectedPlace {
  readonly delegate: string;
  readonly device?: string;
  readonly reason: string;
  readonly remedy?: string;
}

/** Where a kind of model runs here. */
export interface KindPlaces {
  readonly kind: ModelKind;
  /** Delegates of the device profile, best first. */
  readonly order: readonly string[];
  /** The first device without a problem. */
  readonly chosen?: {readonly delegate: string; readonly device: string; readonly name: string};
  /** Better places that cannot be used. */
  readonly rejected: readonly RejectedPlace[];
  /** What takes over when the chosen one fails, in order. */
  readonly next: readonly string[];
}

/** What becomes of an order of delegates with the devices that are here. A model may be refused by a delegate all the same. */
export function placesFor(kind: ModelKind, order: readonly string[], seen: readonly SeenDelegate[]): KindPlaces {
  const places = order.flatMap(id => placesOf(id, seen));
  const usable = places.filter(place => place.reason === undefined);
  const [first] = usable;
  const before = first === undefined ? places : places.slice(0, places.indexOf(first));
  const {delegate, device, name = ''} = first ?? {};
  return {
    kind,
    order,
    ...(delegate === undefined || device === undefined ? {} : {chosen: {delegate, device, name}}),
    rejected: before.map(rejectedPlace),
    next: usable.slice(1).map(place => placeText(place.delegate, place.device)),
  };
}

/** `edgetpu:usb:0`; the name alone where the only device is called like it. */
export function placeText(delegate: string, device: string | undefined): string {
  return device === undefined || device === delegate ? delegate : `${delegate}:${device}`;
}

interface Place {
  readonly delegate: string;
  readonly device?: string;
  readonly name?: string;
  readonly reason?: string;
  readonly remedy?: string;
}

function placesOf(id: string, seen: readonly SeenDelegate[]): Place[] {
  const found = seen.find(delegate => delegate.id === id);
  if (found === undefined) return [{delegate: id, reason: 'not in this build'}];
  if (found.devices.length === 0) return [{delegate: id, ...(found.absence ?? {reason: 'no device'})}];
  return found.devices.map(({id: device, name, problem}) => ({delegate: id, device, name, ...problem}));
}

function rejectedPlace({delegate, device, reason = '', remedy}: Place): RejectedPlace {
  return {
    delegate,
    ...(device === undefined ? {} : {device}),
    reason,
    ...(remedy === undefined ? {} : {remedy}),
  };
}
