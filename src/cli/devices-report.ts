import {detectSystem} from '../profile/detect.ts';
import {matchProfile} from '../profile/match.ts';
import type {Profile} from '../profile/schema.ts';
import {Sysroot} from '../profile/sysroot.ts';
import type {DoctorProbes, SeenDelegate} from './doctor-report.ts';

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
  readonly delegates: readonly SeenDelegate[];
  /** Hardware that the system shows, whether or not a delegate of this release drives it. */
  readonly accelerators: readonly {readonly delegate: string; readonly name: string; readonly problem?: string}[];
}

/** Board, cameras, and delegates with their devices. Claims nothing. */
export async function buildDevicesReport(options: {
  readonly sysroot: string;
  readonly profiles: readonly Profile[];
  readonly probes: Pick<DoctorProbes, 'cameras' | 'delegates'>;
}): Promise<DevicesReport> {
  const system = await detectSystem(new Sysroot(options.sysroot));
  const {profile} = await matchProfile(options);
  const {facts, cores, memoryBytes} = system;
  return {
    v: 1,
    board: {
      name: facts.model ?? facts.dmi.product_name ?? profile.name,
      profile: profile.id,
      arch: facts.arch,
      cores,
      memoryBytes,
    },
    cameras: await options.probes.cameras(),
    delegates: await options.probes.delegates(),
    accelerators: system.accelerators.map(({delegate, name, problem}) => ({
      delegate,
      name,
      ...(problem === undefined ? {} : {problem}),
    })),
  };
}

/** The report for people. */
export function devicesText({board, cameras, delegates, accelerators}: DevicesReport): string {
  const memory = board.memoryBytes === undefined ? '' : `, ${Math.round(board.memoryBytes / 1024 / 1024)} MiB`;
  const lines = [
    `board     ${board.name} (profile ${board.profile}${board.arch === undefined ? '' : `, ${board.arch}`}${board.cores === undefined ? '' : `, ${board.cores} cores`}${memory})`,
    ...(cameras.length === 0 ? ['camera    none'] : cameras.map(({uri, name}) => `camera    ${uri}  ${name}`)),
    ...delegates.flatMap(({id, devices}) =>
      devices.length === 0
        ? [`delegate  ${id}  no device`]
        : devices.map(device => `delegate  ${id}  ${device.id}  ${device.name}`),
    ),
    ...accelerators
      .filter(({delegate}) => !delegates.some(({id, devices}) => id === delegate && devices.length > 0))
      .map(({delegate, name, problem}) => `seen      ${name}: ${problem ?? `no ${delegate} delegate uses it`}`),
  ];
  return `${lines.join('\n')}\n`;
}
