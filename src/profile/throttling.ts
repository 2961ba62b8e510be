import type {Sysroot} from '../system/sysroot.ts';

/** What the firmware of a Raspberry Pi says it does against heat or low voltage. */
export interface Throttling {
  readonly now: readonly string[];
  readonly sinceBoot: readonly string[];
}

/**
 * Bit n: now; bit n + 16: since boot.
 *
 * @see https://www.raspberrypi.com/documentation/computers/os.html (vcgencmd get_throttled)
 */
const names = ['under-voltage', 'frequency-capped', 'throttled', 'soft-temperature-limit'];

export function decodeThrottling(bits: number): Throttling {
  const set = (offset: number) => names.filter((_, bit) => (bits & (1 << (bit + offset))) !== 0);
  return {now: set(0), sinceBoot: set(16)};
}

/** From sysfs; undefined on boards that do not tell. */
export async function readThrottling(sysroot: Sysroot): Promise<Throttling | undefined> {
  const platform = '/sys/devices/platform';
  for (const bus of (await sysroot.list(platform)).filter(name => /^soc(@|$)/.test(name))) {
    const nodes = (await sysroot.list(`${platform}/${bus}`)).filter(name => name.includes('firmware'));
    for (const node of nodes) {
      const digits = await sysroot.line(`${platform}/${bus}/${node}/get_throttled`);
      if (digits !== undefined && /^(0x)?[0-9a-f]{1,8}$/i.test(digits)) {
        return decodeThrottling(Number.parseInt(digits.replace(/^0x/i, ''), 16));
      }
    }
  }
  return undefined;
}
