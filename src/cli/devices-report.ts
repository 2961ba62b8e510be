import {namesInOrder} from '../daemon/profile.ts';
import type {SeenDelegate} from '../daemon/see-delegates.ts';
import type {DelegateSettings} from '../delegate/registry.ts';
import {delegatesFor} from '../profile/choose.ts';
import {detectSystem} from '../profile/detect.ts';
import {matchProfile} from '../profile/match.ts';
import {modelKinds, type Profile} from '../profile/schema.ts';
import {Sysroot} from '../system/sysroot.ts';
import type {DoctorProbes} from './doctor-report.ts';
import {type KindPlaces, placesFor, placeText} from './model-places.ts';

export interface DevicesReport {
  readonly v: 1;
  readonly board: {
    readonly name: string;
    readonly profile: string;
    readonly arch: string | undefined;
    readonly cores: number | undefined;
    readonly memoryBytes: number | undefined;
  };
  readonly cameras: readonly {readonly uri: string; readonly name: string}[];
  /** Found. */
  readonly delegates: readonly SeenDelegate[];
  /** Chosen, and rejected because: by kind of model. */
  readonly models: readonly KindPlaces[];
}

/** Board, cameras, delegates with their devices, and what that means for models. Claims nothing. */
export async function buildDevicesReport(options: {
  readonly sysroot: string;
  readonly profiles: readonly Profile[];
  readonly probes: Pick<DoctorProbes, 'cameras' | 'delegates'>;
  /** Of the configuration. */
  readonly profileId?: string;
  readonly settings?: DelegateSettings;
}): Promise<DevicesReport> {
  const {sysroot, profiles, probes, profileId = 'auto', settings = {}} = options;
  const system = await detectSystem(new Sysroot(sysroot));
  const {profile} = await matchProfile({sysroot, profiles, id: profileId});
  const {facts, cores, memoryBytes} = system;
  const delegates = await probes.delegates();
  return {
    v: 1,
    board: {
      name: facts.model ?? facts.dmi.product_name ?? profile.name,
      profile: profile.id,
      arch: facts.arch,
      cores,
      memoryBytes,
    },
    cameras: await probes.cameras(),
    delegates,
    models: modelKinds.map(kind => placesFor(kind, namesInOrder(delegatesFor(profile, kind), settings), delegates)),
  };
}

/** The report for people. */
export function devicesText({board, cameras, delegates, models}: DevicesReport): string {
  const memory = board.memoryBytes === undefined ? '' : `, ${Math.round(board.memoryBytes / 1024 / 1024)} MiB`;
  const lines = [
    `board     ${board.name} (profile ${board.profile}${board.arch === undefined ? '' : `, ${board.arch}`}${board.cores === undefined ? '' : `, ${board.cores} cores`}${memory})`,
    ...(cameras.length === 0 ? ['camera    none'] : cameras.map(({uri, name}) => `camera    ${uri}  ${name}`)),
    ...delegates.flatMap(delegateLines),
    ...models.flatMap(modelLines),
  ];
  return `${lines.join('\n')}\n`;
}

const indent = ' '.repeat(10);

function delegateLines({id, use, devices, absence}: SeenDelegate): string[] {
  const named = `delegate  ${id}${use === undefined ? '' : ` (${use})`}`;
  if (devices.length === 0) return [`${named}  no device: ${absence?.reason ?? 'none found'}`];
  return devices.flatMap(({id: device, name, problem, temperatureC, facts = {}}) => [
    `${named}  ${device}  ${name}${temperatureC === undefined ? '' : `, ${temperatureC} °C`}`,
    ...Object.entries(facts).map(([label, text]) => `${indent}${label}: ${text}`),
    ...(problem === undefined
      ? []
      : [`${indent}cannot be used: ${problem.reason}`, `${indent}to do: ${problem.remedy}`]),
  ]);
}

const longestReason = 80;

/** The whole reason stands with the delegate already. */
function shorten(reason: string): string {
  return reason.length > longestReason ? `${reason.slice(0, longestReason)}…` : reason;
}

function modelLines({kind, chosen, rejected, next}: KindPlaces): string[] {
  const place = chosen === undefined ? 'nothing here runs it' : placeText(chosen.delegate, chosen.device);
  return [
    `models    ${kind}  ${place}${next.length === 0 ? '' : `, then ${next.join(', ')}`}`,
    ...rejected.map(({delegate, device, reason}) => `${indent}not ${placeText(delegate, device)}: ${shorten(reason)}`),
  ];
}
