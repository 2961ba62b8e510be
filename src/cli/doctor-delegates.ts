import {namesInOrder} from '../daemon/profile.ts';
import type {SeenDelegate} from '../daemon/see-delegates.ts';
import type {Device} from '../delegate/contract.ts';
import type {DelegateSettings} from '../delegate/registry.ts';
import {delegatesFor} from '../profile/choose.ts';
import {type ModelKind, modelKinds, type Profile} from '../profile/schema.ts';
import type {DoctorCheck} from './doctor-report.ts';
import {placesFor, placeText} from './model-places.ts';

/**
 * What each delegate found. Hardware that nobody has is no fault; hardware that is seen and cannot be used is, and so is
 * what the configuration counts on and does not get.
 *
 * @param wanted names that the configuration sets up or that its pipelines use
 */
export function checkDelegates(seen: readonly SeenDelegate[], wanted: ReadonlySet<string>): DoctorCheck[] {
  return seen.flatMap(({id, use, devices, absence}) => {
    const kind = use === undefined ? '' : `${use}: `;
    if (devices.length > 0) return devices.map(device => checkDevice(id, kind, device));
    const check = {id: `delegate:${id}`, found: `${kind}${absence?.reason ?? 'no device'}`};
    if (!wanted.has(id)) return [{...check, status: 'ok' as const, chosen: 'not used'}];
    return [{...check, status: 'warn' as const, ...(absence === undefined ? {} : {remedy: absence.remedy})}];
  });
}

function checkDevice(id: string, kind: string, device: Device): DoctorCheck {
  const {name, problem, temperatureC, facts = {}} = device;
  const details = [
    ...(temperatureC === undefined ? [] : [`${temperatureC} °C`]),
    ...Object.entries(facts).map(([label, text]) => `${label} ${text}`),
  ];
  const found = `${kind}${name}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
  const check = {id: device.id === id ? `delegate:${id}` : `delegate:${id}:${device.id}`, found};
  if (problem === undefined) return {...check, status: 'ok'};
  return {...check, status: 'warn', found: `${found}: ${problem.reason}`, remedy: problem.remedy};
}

/** For each kind of model, the delegates in order, and which of them have a device here. */
export function checkModelKinds(
  profile: Profile,
  seen: readonly SeenDelegate[],
  settings: DelegateSettings,
): DoctorCheck[] {
  return modelKinds.map(kind => checkModelKind(kind, namesInOrder(delegatesFor(profile, kind), settings), seen));
}

function checkModelKind(kind: ModelKind, order: readonly string[], seen: readonly SeenDelegate[]): DoctorCheck {
  const {chosen, rejected, next} = placesFor(kind, order, seen);
  const why = rejected.map(({delegate, device, reason}) => `${placeText(delegate, device)} (${reason})`);
  const check = {
    id: `models:${kind}`,
    found: [`order ${order.join(', ')}`, ...why.map(text => `not ${text}`)].join('; '),
  };
  if (chosen !== undefined) {
    const then = next.length === 0 ? '' : `, then ${next.join(', ')}`;
    const twin =
      kind === 'tflite-edgetpu' && chosen.delegate === 'cpu' ? ', with the model that it was compiled from' : '';
    return {...check, status: 'ok', chosen: `${chosen.delegate} on ${chosen.name}${twin}${then}`};
  }
  return {...check, status: 'fail', remedy: 'Repair what failed above: no delegate can run this kind of model.'};
}
