import type {Sysroot} from '../../src/system/sysroot.ts';

/** Power and heat of a Jetson, as far as files tell. */
export interface Climate {
  /** `15W (mode 2)`. */
  readonly powerMode?: string;
  readonly temperatureC?: number;
}

export async function readClimate(sysroot: Sysroot): Promise<Climate> {
  const [powerMode, temperatureC] = await Promise.all([readPowerMode(sysroot), readTemperature(sysroot)]);
  return {
    ...(powerMode === undefined ? {} : {powerMode}),
    ...(temperatureC === undefined ? {} : {temperatureC}),
  };
}

/** nvpmodel keeps `pmode:0002` in its status, and the modes' names in its configuration. */
async function readPowerMode(sysroot: Sysroot): Promise<string | undefined> {
  const status = await sysroot.line('/var/lib/nvpmodel/status');
  const digits = /^pmode:(\d+)/.exec(status ?? '')?.[1];
  if (digits === undefined) return undefined;
  const mode = Number(digits);
  const configuration = (await sysroot.text('/etc/nvpmodel.conf')) ?? '';
  const entries = [...configuration.matchAll(/<\s*POWER_MODEL\s+ID=(\d+)\s+NAME=(\S+)\s*>/g)];
  const name = entries.find(([, id]) => Number(id) === mode)?.[2];
  return name === undefined ? `mode ${mode}` : `${name} (mode ${mode})`;
}

/** The zone `GPU-therm` (L4T 32 and 35) or `gpu-thermal` (36). It reads nothing while the GPU of an Orin sleeps. */
async function readTemperature(sysroot: Sysroot): Promise<number | undefined> {
  const folder = '/sys/class/thermal';
  for (const zone of await sysroot.list(folder)) {
    const type = await sysroot.line(`${folder}/${zone}/type`);
    if (type === undefined || !/^gpu-therm(al)?$/i.test(type)) continue;
    const milli = await sysroot.number(`${folder}/${zone}/temp`);
    if (milli !== undefined) return milli / 1000;
  }
  return undefined;
}
