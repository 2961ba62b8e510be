import {randomUUID} from 'node:crypto';
import {copyFile, mkdir, readdir, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * Kernel timings that TensorRT measured, shared by the builds of a device: later ones are faster. ONNX Runtime rewrites the
 * files in place, so every build works on a copy, and gives it back when it is done.
 */
export class TimingCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async lend(copy: string): Promise<void> {
    await mkdir(copy, {recursive: true});
    for (const name of await readdir(this.#folder).catch(() => [] as string[]))
      await copyFile(join(this.#folder, name), join(copy, name));
  }

  async takeBack(copy: string): Promise<void> {
    await mkdir(this.#folder, {recursive: true});
    for (const name of await readdir(copy)) {
      const temporary = join(this.#folder, `.${name}.${randomUUID()}`);
      await copyFile(join(copy, name), temporary);
      await rename(temporary, join(this.#folder, name));
    }
    await rm(copy, {recursive: true, force: true});
  }

  /** After a build that failed: damaged timings may have been why. */
  async discard(): Promise<void> {
    await rm(this.#folder, {recursive: true, force: true});
  }
}
