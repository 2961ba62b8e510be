import {randomUUID} from 'node:crypto';
import {rmSync} from 'node:fs';
import {link, mkdir, readFile, rename, rm, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {z} from 'zod';
import {readJson, writeJson} from './small-file.ts';

const note = z.object({
  key: z.string(),
  owner: z.string(),
  pid: z.number(),
  bootId: z.string(),
  startedNs: z.string().regex(/^\d+$/),
  beatNs: z.string().regex(/^\d+$/),
  estimateMs: z.number(),
  cutOff: z.number(),
});
type Note = z.output<typeof note>;

/** A build in progress, by whomever. */
export interface BuildProgress {
  /** Of the engine that is being built. */
  readonly key: string;
  readonly elapsedMs: number;
  readonly estimateMs: number;
}

const beatMs = 5000;
/** A pipeline's thread computes for seconds at times; one that was silent for so long has ended. */
const silenceNs = 30_000_000_000n;

/**
 * Says which engine is being built, to other threads and processes: one at a time, because builds share the GPU's memory,
 * and measure kernels. It saves work and no more: two that build at once both write a folder of their own, and the last
 * one's is kept.
 */
export class BuildLock {
  readonly #path: string;
  #note: Note;
  readonly #beat: NodeJS.Timeout;
  /** A program that stops in good order has not been cut off. */
  readonly #onExit = () => rmSync(this.#path, {force: true});

  private constructor(path: string, held: Note) {
    this.#path = path;
    this.#note = held;
    this.#beat = setInterval(() => void this.#touch(), beatMs);
    this.#beat.unref();
    process.once('exit', this.#onExit);
  }

  /** The lock, or how far its holder is. A holder that has died loses it. */
  static async take(path: string, key: string, estimateMs: number): Promise<BuildLock | BuildProgress> {
    const bootId = await readBootId();
    for (let attempt = 0; attempt < 3; attempt++) {
      const held = await readNote(path);
      if (held !== undefined && isAlive(held, bootId)) return progressOf(held);
      const now = String(process.hrtime.bigint());
      const cutOff = held?.key === key ? held.cutOff + 1 : 0;
      const own: Note = {
        key,
        owner: randomUUID(),
        pid: process.pid,
        bootId,
        startedNs: now,
        beatNs: now,
        estimateMs,
        cutOff,
      };
      if (attempt > 0 || held !== undefined) await evict(path, held?.owner);
      if (await create(path, own)) return new BuildLock(path, own);
    }
    return {key, elapsedMs: 0, estimateMs};
  }

  /** How many builds of this engine before ended without a word: killed, or the power went. */
  get cutOff(): number {
    return this.#note.cutOff;
  }

  async release(): Promise<void> {
    clearInterval(this.#beat);
    process.off('exit', this.#onExit);
    if ((await readNote(this.#path))?.owner === this.#note.owner) await rm(this.#path, {force: true});
  }

  async #touch(): Promise<void> {
    try {
      if ((await readNote(this.#path))?.owner !== this.#note.owner) return;
      this.#note = {...this.#note, beatNs: String(process.hrtime.bigint())};
      await writeJson(this.#path, this.#note);
    } catch {
      // A full disk: others may start a build of their own, which will tell.
    }
  }
}

/** Appears with its content or not at all, and never replaces another's. */
async function create(path: string, own: Note): Promise<boolean> {
  const temporary = `${path}.${own.owner}.tmp`;
  await mkdir(dirname(path), {recursive: true});
  try {
    await writeFile(temporary, JSON.stringify(own));
    await link(temporary, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, {force: true});
  }
}

/** Removes a dead holder's lock. Should another have taken it over in between, that one gets it back. */
async function evict(path: string, owner: string | undefined): Promise<void> {
  const aside = `${path}.${randomUUID()}.old`;
  try {
    await rename(path, aside);
    if ((await readNote(aside))?.owner !== owner) await link(aside, path);
  } catch {
    // Gone already, or taken again.
  } finally {
    await rm(aside, {force: true});
  }
}

async function readNote(path: string): Promise<Note | undefined> {
  const parsed = note.safeParse(await readJson(path));
  return parsed.success ? parsed.data : undefined;
}

/** Monotonic time is the machine's: other processes agree on it until the next boot. */
function isAlive({pid, bootId, beatNs}: Note, currentBoot: string): boolean {
  if (bootId !== currentBoot || process.hrtime.bigint() - BigInt(beatNs) > silenceNs) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function progressOf({key, startedNs, estimateMs}: Note): BuildProgress {
  return {key, elapsedMs: Number((process.hrtime.bigint() - BigInt(startedNs)) / 1_000_000n), estimateMs};
}

async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
}
