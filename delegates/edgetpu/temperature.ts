import type {Problem} from '../../src/delegate/contract.ts';
import type {Sysroot} from '../../src/system/sysroot.ts';

/** Clock of the chip in MHz once it has reached trip point 0, 1, 2; 500 below. @see https://www.coral.ai/docs/pcie-parameters/ */
const slowerMhz = [250, 125, 62.5];
/** Below, the sensor is not read right: a chip in reset says −89.7. */
const leastC = -40;

export interface Heat {
  readonly temperatureC?: number;
  readonly isThrottled: boolean;
  readonly problem?: Problem;
  readonly facts: Readonly<Record<string, string>>;
}

/** How hot a PCIe device is, and what its driver does about it. @param folder `/sys/class/apex/apex_0` */
export async function readHeat(folder: string, sysroot: Sysroot): Promise<Heat> {
  const temperatureC = await celsius(`${folder}/temp`, sysroot);
  if (temperatureC === undefined || temperatureC < leastC) return {isThrottled: false, facts: {}};
  const trips = await Promise.all(slowerMhz.map((_, index) => celsius(`${folder}/trip_point${index}_temp`, sysroot)));
  const level = trips.findLastIndex(trip => trip !== undefined && temperatureC > trip);
  const problem = await shutdownProblem(folder, temperatureC, sysroot);
  return {
    temperatureC,
    isThrottled: level >= 0,
    ...(problem && {problem}),
    facts: level < 0 ? {} : {throttled: `${temperatureC} °C: runs at ${slowerMhz[level]} of 500 MHz; cool it`},
  };
}

async function shutdownProblem(folder: string, temperatureC: number, sysroot: Sysroot): Promise<Problem | undefined> {
  const limitC = await celsius(`${folder}/hw_temp_warn2`, sysroot);
  const isOn = (await sysroot.number(`${folder}/hw_temp_warn2_en`)) === 1;
  if (limitC === undefined || !isOn || temperatureC < limitC) return undefined;
  return {
    reason: `too hot: ${temperatureC} °C, and it shuts down at ${limitC} °C`,
    remedy: 'Let it cool down and give it a heat sink or fan; it needs a reboot if it has shut down.',
  };
}

/** The driver tells thousandths of a degree. */
async function celsius(path: string, sysroot: Sysroot): Promise<number | undefined> {
  const milli = await sysroot.number(path);
  return milli === undefined ? undefined : Math.round(milli / 100) / 10;
}
