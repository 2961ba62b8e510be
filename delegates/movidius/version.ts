/** What releases differ in, by their number. */
export interface Abilities {
  readonly readsTflite: boolean;
  readonly drivesMyriad: boolean;
}

/** Year and release of `openvino 2022.3.1`; undefined when it says neither. */
export function releaseOf(version: string): readonly [year: number, release: number] | undefined {
  const match = /\b(20\d\d)\.(\d+)/.exec(version);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

/** Abilities of the release of that version; one that tells no number is taken for a current one. */
export function abilitiesOf(version: string): Abilities {
  const [year] = releaseOf(version) ?? [9999];
  return {readsTflite: year >= 2023, drivesMyriad: year <= 2022};
}
