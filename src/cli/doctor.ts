import {readFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {checkConfig, readConfigText} from '../config/config.ts';
import {toDelegateSettings} from '../config/delegates.ts';
import {delegateProblems} from '../daemon/delegate-options.ts';
import {openDelegateTable} from '../daemon/delegates.ts';
import {seeDelegates} from '../daemon/see-delegates.ts';
import type {DelegateSettings} from '../delegate/registry.ts';
import {NativeUnavailableError} from '../error/errors.ts';
import {silentLog} from '../log/log.ts';
import {noHosts} from '../native/host/none.ts';
import {loadNative} from '../native/load.ts';
import {packageRoot} from '../native/package-root.ts';
import {findTflite} from '../native/runtime.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {findTurbojpeg} from '../native/turbojpeg.ts';
import {loadProfiles} from '../profile/load.ts';
import {listCameras} from '../source/cameras.ts';
import {type DelegateFlags, findConfig, readChoices} from './delegate-setup.ts';
import {buildDevicesReport, devicesText} from './devices-report.ts';
import type {DoctorConfig} from './doctor-config.ts';
import {buildDoctorReport, type DoctorProbes} from './doctor-report.ts';
import {doctorText} from './doctor-text.ts';
import {styled, type Terminal} from './terminal.ts';

interface ReportOptions {
  readonly sysroot: string;
  readonly json?: boolean;
}

interface DoctorFlags extends ReportOptions {
  readonly config?: string;
  readonly udevRules?: boolean;
}

/** `dunlin doctor`. @returns 0, or 5 when something that everything needs is missing */
export async function doctor(options: DoctorFlags, terminal: Terminal): Promise<number> {
  if (options.udevRules) {
    terminal.out(readFileSync(join(packageRoot, 'device-profiles', 'udev', '60-dunlin.rules'), 'utf8'));
    return 0;
  }
  const path = findConfig(options.config);
  const config = path === undefined ? undefined : await readConfig(path);
  const settings = config !== undefined && 'config' in config ? toDelegateSettings(config.config) : {};
  const report = await buildDoctorReport({
    sysroot: options.sysroot,
    profiles: await loadProfiles(),
    probes: probes(options.sysroot, settings),
    dataFolder: cacheDir(),
    ...(config === undefined ? {} : {config}),
  });
  const colors = {ok: 'green', warn: 'yellow', fail: 'red'} as const;
  const text = doctorText(report, (status, word) => styled(terminal, colors[status], word));
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : text);
  return report.status === 'fail' ? 5 : 0;
}

/** `dunlin devices`. */
export async function devices(options: ReportOptions & DelegateFlags, terminal: Terminal): Promise<number> {
  const {sysroot} = options;
  const {profileId, settings} = await readChoices(options, terminal.err);
  const report = await buildDevicesReport({
    ...{sysroot, profileId, settings},
    profiles: await loadProfiles(),
    probes: probes(sysroot, settings),
  });
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : devicesText(report));
  return 0;
}

async function readConfig(path: string): Promise<DoctorConfig> {
  const checked = checkConfig(await readConfigText(path), path, {folder: resolve(path, '..')});
  const problems = 'problems' in checked ? checked.problems : await delegateProblems(checked);
  return 'problems' in checked || problems.length > 0 ? {file: path, problems} : {file: path, config: checked.config};
}

function probes(sysroot: string, settings: DelegateSettings): DoctorProbes {
  return {
    async addon() {
      loadNative();
      return 'the native addon loads';
    },
    async runtime() {
      const {version, path, origin, warning} = findTflite();
      return `TFLite ${version} (${origin}: ${path})${warning === undefined ? '' : `; ${warning}`}`;
    },
    async jpeg() {
      const found = findTurbojpeg();
      if (found.library === undefined) throw new NativeUnavailableError(`libturbojpeg: ${found.reason}`, found.hint);
      return found.path;
    },
    cameras: () => listCameras(sysroot),
    delegates: () => seeDelegates(openDelegateTable({settings, hosts: noHosts, log: silentLog, sysroot}), {settings}),
  };
}
