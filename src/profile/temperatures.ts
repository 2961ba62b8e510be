import type {Sysroot} from '../system/sysroot.ts';

export interface Temperature {
  /** `cpu-thermal`, `apex_0`, `coretemp Core 0`. */
  readonly zone: string;
  readonly celsius: number;
}

const mostReadings = 64;

/** Every temperature that the system shows: thermal zones, then Edge TPUs, then sensors that are no zone. */
export async function readTemperatures(sysroot: Sysroot): Promise<readonly Temperature[]> {
  const zones = await readZones(sysroot);
  const known = new Set(zones.map(({zone}) => bare(zone)));
  const sensors = await readSensors(sysroot, known);
  return [...zones, ...(await readApex(sysroot)), ...sensors].slice(0, mostReadings);
}

async function readZones(sysroot: Sysroot): Promise<Temperature[]> {
  const folder = '/sys/class/thermal';
  const names = (await sysroot.list(folder)).filter(name => /^thermal_zone\d+$/.test(name));
  const readings = await Promise.all(
    names.map(async name => {
      const zone = (await sysroot.line(`${folder}/${name}/type`)) ?? name;
      return reading(zone, await sysroot.number(`${folder}/${name}/temp`));
    }),
  );
  return readings.flat();
}

/**
 * From which temperature, by zone, the kernel slows the board down: the lowest `passive` or `hot` trip point. Zones
 * without one are left out.
 */
export async function readTripPoints(sysroot: Sysroot): Promise<ReadonlyMap<string, number>> {
  const folder = '/sys/class/thermal';
  const limits = new Map<string, number>();
  for (const name of (await sysroot.list(folder)).filter(entry => /^thermal_zone\d+$/.test(entry))) {
    const zone = (await sysroot.line(`${folder}/${name}/type`)) ?? name;
    const trips = (await sysroot.list(`${folder}/${name}`)).filter(file => /^trip_point_\d+_type$/.test(file));
    for (const trip of trips) {
      const type = await sysroot.line(`${folder}/${name}/${trip}`);
      if (type !== 'passive' && type !== 'hot') continue;
      const [at] = reading(zone, await sysroot.number(`${folder}/${name}/${trip.replace('_type', '_temp')}`));
      if (at !== undefined && at.celsius > 0) limits.set(zone, Math.min(at.celsius, limits.get(zone) ?? at.celsius));
    }
  }
  return limits;
}

async function readApex(sysroot: Sysroot): Promise<Temperature[]> {
  const names = (await sysroot.list('/sys/class/apex')).filter(name => /^apex_\d+$/.test(name));
  const readings = await Promise.all(
    names.map(async name => reading(name, await sysroot.number(`/sys/class/apex/${name}/temp`))),
  );
  return readings.flat();
}

/** hwmon shows thermal zones a second time, under a name with `_` for `-`. */
async function readSensors(sysroot: Sysroot, known: ReadonlySet<string>): Promise<Temperature[]> {
  const readings: Temperature[] = [];
  for (const chip of await sysroot.list('/sys/class/hwmon')) {
    const folder = `/sys/class/hwmon/${chip}`;
    const name = (await sysroot.line(`${folder}/name`)) ?? chip;
    if (known.has(bare(name))) continue;
    const inputs = (await sysroot.list(folder)).filter(file => /^temp\d+_input$/.test(file));
    for (const input of inputs) {
      const label = await sysroot.line(`${folder}/${input.replace('_input', '_label')}`);
      const zone = label === undefined ? name : `${name} ${label}`;
      readings.push(...reading(zone, await sysroot.number(`${folder}/${input}`)));
    }
  }
  return readings;
}

/** Drivers write thousandths of a degree; readings off the scale are sensors that are switched off. */
function reading(zone: string, millicelsius: number | undefined): Temperature[] {
  if (millicelsius === undefined || millicelsius < -60_000 || millicelsius > 200_000) return [];
  return [{zone, celsius: Math.round(millicelsius / 100) / 10}];
}

function bare(name: string): string {
  return name.toLowerCase().replace(/[-_ ]/g, '');
}
