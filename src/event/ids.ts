/** Gives an id for an occurrence that starts at this wall-clock time. */
export type NewId = (wallClockMs: number) => string;

const timeDigits = 9;
const randomDigits = 6;

/**
 * Ids such as `0mhd3k2f1-x7k2p9`: milliseconds since 1970 in base 36, then random digits. As text they sort in the
 * order in which they were made, also when the wall clock jumps back.
 *
 * @param random 0 to below 1, as `Math.random`
 */
export function createIds(random: () => number): NewId {
  let last = 0;
  return wallClockMs => {
    last = Math.max(last + 1, Math.floor(wallClockMs));
    const suffix = Math.floor(random() * 36 ** randomDigits);
    return `${last.toString(36).padStart(timeDigits, '0')}-${suffix.toString(36).padStart(randomDigits, '0')}`;
  };
}
