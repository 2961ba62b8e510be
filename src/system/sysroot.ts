import {constants} from 'node:fs';
import {access, open, readdir, realpath, stat} from 'node:fs/promises';
import {join, sep} from 'node:path';

const mostBytes = 64 * 1024;
const mostSearchedBytes = 8 * 1024 * 1024;
const mostEntries = 1024;

/**
 * Reads small files of a system whose root may be anywhere: `/` on a device, a folder of fixtures in a test. What is
 * absent, unreadable, no plain file, or outside the root reads as nothing; no call throws.
 */
export class Sysroot {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** True when it stands for the machine that runs us. */
  get isThisMachine(): boolean {
    return this.root === '/';
  }

  /** Where a path of the system lies in the real file system. */
  hostPath(path: string): string {
    return join(this.root, path);
  }

  /** First 64 KiB of a file, as text without control characters; NUL becomes a line break (device tree strings). */
  async text(path: string): Promise<string | undefined> {
    const bytes = await this.bytes(path);
    if (bytes === undefined) return undefined;
    const text = bytes.toString('utf8').replaceAll('\0', '\n');
    return text.replace(/[^\P{Cc}\n\t]|\ufffd/gu, '');
  }

  /** First line, trimmed; undefined when empty. */
  async line(path: string): Promise<string | undefined> {
    const first = (await this.text(path))?.split('\n', 1)[0]?.trim();
    return first === '' ? undefined : first?.slice(0, 256);
  }

  /** A decimal number (or hexadecimal after `0x`) that fills the file. */
  async number(path: string): Promise<number | undefined> {
    const line = await this.line(path);
    return line !== undefined && /^-?\d+(\.\d+)?$|^0x[0-9a-f]+$/i.test(line) ? Number(line) : undefined;
  }

  /** Names in a folder, sorted; empty when there is none. */
  async list(path: string): Promise<readonly string[]> {
    const real = await this.#resolve(path);
    if (real === undefined) return [];
    try {
      return (await readdir(real)).slice(0, mostEntries).sort();
    } catch {
      return [];
    }
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#resolve(path)) !== undefined;
  }

  /** True when this process may read and write it (a device node). */
  async isUsable(path: string): Promise<boolean> {
    const real = await this.#resolve(path);
    if (real === undefined) return false;
    return access(real, constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    );
  }

  /** First 64 KiB of a plain file. */
  async bytes(path: string): Promise<Buffer | undefined> {
    return this.#read(path, mostBytes);
  }

  /** What the pattern's group matches in the first 8 MiB of a file, binary or not. */
  async search(path: string, pattern: RegExp): Promise<string | undefined> {
    const bytes = await this.#read(path, mostSearchedBytes);
    return bytes === undefined ? undefined : pattern.exec(bytes.toString('latin1'))?.[1];
  }

  async #read(path: string, most: number): Promise<Buffer | undefined> {
    const real = await this.#resolve(path);
    if (real === undefined) return undefined;
    try {
      const found = await stat(real);
      if (!found.isFile()) return undefined;
      const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        // Files of /proc and /sys say that they are empty or a page long.
        const length = Math.min(most, Math.max(found.size, mostBytes));
        const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await file.close();
      }
    } catch {
      return undefined;
    }
  }

  /** The path in the real file system, or undefined when it does not exist or leads out of the root. */
  async #resolve(path: string): Promise<string | undefined> {
    try {
      const root = await realpath(this.root);
      const real = await realpath(join(root, path));
      const inside = root === sep || real === root || real.startsWith(root + sep);
      return inside ? real : undefined;
    } catch {
      return undefined;
    }
  }
}
