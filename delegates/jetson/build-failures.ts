import {rm} from 'node:fs/promises';
import {z} from 'zod';
import {readJson, writeJson} from './small-file.ts';

const failure = z.object({reason: z.string(), refused: z.boolean(), at: z.number(), attempts: z.number()});

/** Why the last build of an engine failed. */
export interface BuildFailure {
  readonly reason: string;
  /** The model itself was refused, so that no later try will help as things are. */
  readonly refused: boolean;
  readonly attempts: number;
  /** Milliseconds until it is tried again; 0: now. */
  readonly restMs: number;
}

const firstRestMs = 60_000;
const restFactor = 5;
const longestRestMs = 6 * 3_600_000;

/** Remembers failed builds across restarts, so that a device does not spend its life on a build that cannot succeed. */
export class BuildFailures {
  readonly #now: () => number;
  /** What could not be written: a full disk must not lead to one build after the other. */
  readonly #unwritten = new Map<string, unknown>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async last(path: string): Promise<BuildFailure | undefined> {
    const parsed = failure.safeParse(this.#unwritten.get(path) ?? (await readJson(path)));
    if (!parsed.success) return undefined;
    const {reason, refused, at, attempts} = parsed.data;
    const rest = refused ? longestRestMs : Math.min(longestRestMs, firstRestMs * restFactor ** (attempts - 1));
    // A clock that was set back must not lengthen the rest.
    const passed = Math.max(0, this.#now() - at);
    return {reason, refused, attempts, restMs: Math.max(0, rest - passed)};
  }

  /** Never rejects. */
  async add(path: string, reason: string, refused: boolean): Promise<void> {
    const attempts = ((await this.last(path))?.attempts ?? 0) + 1;
    const entry = {reason, refused, at: this.#now(), attempts};
    this.#unwritten.set(path, entry);
    await writeJson(path, entry).then(
      () => this.#unwritten.delete(path),
      () => {},
    );
  }

  async clear(path: string): Promise<void> {
    this.#unwritten.delete(path);
    await rm(path, {force: true}).catch(() => {});
  }
}
