import {existsSync} from 'node:fs';
import {resolve} from 'node:path';
import {checkConfig, readConfigText} from '../config/config.ts';
import {describeDelegates} from '../daemon/profile.ts';
import {NativeUnavailableError} from '../error/errors.ts';
import {loadNative} from '../native/load.ts';
import {findTflite} from '../native/runtime.ts';
import {cacheDir} from '../native/runtime-paths.ts';
import {findTurbojpeg} from '../native/turbojpeg.ts';
import {loadProfiles} from '../profile/load.ts';
import {listCameras} from '../source/cameras.ts';
import {buildDevicesReport, devicesText} from './devices-report.ts';
import type {DoctorConfig} from './doctor-config.ts';
import {buildDoctorReport, type DoctorProbes} from './doctor-report.ts';
import {doctorText} from './doctor-text.ts';
import {styled, type Terminal} from './terminal.ts';

interface ReportOptions {
  readonly sysroot: string;
  readonly json?: boolean;
}

/** `dunlin doctor`. @returns 0, or 5 when something that everything needs is missing */
export async function doctor(options: ReportOptions & {readonly config?: string}, terminal: Terminal): Promise<number> {
  const path = options.config ?? ['dunlin.yaml', '/etc/dunlin/dunlin.yaml'].find(candidate => existsSync(candidate));
  const report = await buildDoctorReport({
    sysroot: options.sysroot,
    profiles: await loadProfiles(),
    probes: probes(options.sysroot),
    dataFolder: cacheDir(),
    ...(path === undefined ? {} : {config: await readConfig(path)}),
  });
  const colors = {ok: 'green', warn: 'yellow', fail: 'red'} as const;
  const text = doctorText(report, (status, word) => styled(terminal, colors[status], word));
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : text);
  return report.status === 'fail' ? 5 : 0;
}

/** `dunlin devices`. */
export async function devices(options: ReportOptions, terminal: Terminal): Promise<number> {
  const {sysroot} = options;
  const report = await buildDevicesReport({sysroot, profiles: await loadProfiles(), probes: probes(sysroot)});
  terminal.out(options.json ? `${JSON.stringify(report)}\n` : devicesText(report));
  return 0;
}

async function readConfig(path: string): Promise<DoctorConfig> {
  return {file: path, ...checkConfig(await readConfigText(path), path, {folder: resolve(path, '..')})};
}

function probes(sysroot: string): DoctorProbes {
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
    delegates: describeDelegates,
  };
}
