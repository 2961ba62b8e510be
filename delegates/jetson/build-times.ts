import {z} from 'zod';
import type {Chip} from './board.ts';
import {readJson, writeJson} from './small-file.ts';

const record = z.object({gpu: z.string(), precision: z.string(), macs: z.number(), ms: z.number()});
type BuildRecord = z.output<typeof record>;
const records = z.array(record);

/** The last builds of a device say enough about the next. */
const mostRecords = 50;

/** How long engines took to build on this device. */
export class BuildTimes {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** Milliseconds that a model's build will take: as earlier builds did by its size, else what is usual for the chip. */
  async estimate(chip: Chip, precision: string, macs: number): Promise<number> {
    const {leastMs, perGigaMacMs} = chip.build;
    const usual = leastMs + perGigaMacMs * (macs / 1e9);
    const known = (await this.#read()).filter(entry => entry.gpu === chip.name && entry.precision === precision);
    const ratios = known.map(entry => entry.ms / (leastMs + perGigaMacMs * (entry.macs / 1e9))).sort((a, b) => a - b);
    return usual * (ratios[Math.floor(ratios.length / 2)] ?? 1);
  }

  async add(entry: BuildRecord): Promise<void> {
    await writeJson(this.#path, [...(await this.#read()), entry].slice(-mostRecords));
  }

  async #read(): Promise<readonly BuildRecord[]> {
    const parsed = records.safeParse(await readJson(this.#path));
    return parsed.success ? parsed.data : [];
  }
}

/** `37 s`, `about 4 min` without the "about". */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
