import {createHash} from 'node:crypto';
import {mkdir, mkdtemp, readFile, rename, rm, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {IntegrityError, NativeUnavailableError} from '../error/errors.ts';
import {downloadJar} from './maven-download.ts';
import {cacheDir, glibcVersion, isRuntimeArch, pinForGlibc, runtimePath} from './runtime-paths.ts';
import type {RuntimeArch, RuntimeFile, RuntimePin, RuntimeVersion} from './runtime-pins.ts';
import {runtimePins} from './runtime-pins.ts';
import {readZipMember} from './zip.ts';

export interface InstallOptions {
  /** Default: the newest that this machine's C library can start. */
  readonly version?: RuntimeVersion;
  /** Default: this machine's. */
  readonly arch?: RuntimeArch;
  readonly cache?: string;
  onProgress?(progress: InstallProgress): void;
}

export interface InstallProgress {
  readonly step: 'download' | 'unpack';
  readonly version: RuntimeVersion;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface InstalledRuntime {
  readonly path: string;
  readonly version: RuntimeVersion;
  /** Why this version, when it was not asked for: `glibc 2.31 is older than 2.34`. */
  readonly reason: string;
  /** False when it was there already. */
  readonly installed: boolean;
}

/**
 * Fetches the pinned TFLite C library into the cache directory, checks its sha256, and returns its path. Quick when it
 * is there already; safe to call from several processes at once.
 *
 * @throws {NativeUnavailableError} no pinned library runs on this machine, or the download failed
 * @throws {IntegrityError} the download is not what is pinned
 */
export async function installRuntime(options: InstallOptions = {}): Promise<InstalledRuntime> {
  const arch = options.arch ?? machineArch();
  const {pin, reason} = choosePin(options.version);
  const file = pin.files[arch];
  const target = runtimePath(pin.version, arch, options.cache ?? cacheDir());
  const done = {path: target, version: pin.version, reason};
  if (await hasSize(target, file.libraryBytes)) return {...done, installed: false};

  await mkdir(path.dirname(path.dirname(target)), {recursive: true});
  const work = await mkdtemp(path.join(path.dirname(path.dirname(target)), '.install-'));
  try {
    const jar = await fetchJar(pin, file, work, options);
    options.onProgress?.({step: 'unpack', version: pin.version, doneBytes: 0, totalBytes: file.libraryBytes});
    const library = await readZipMember(jar, file.member, file.libraryBytes);
    checkHash(library, file.librarySha256, file.member);
    const unpacked = path.join(work, path.basename(target));
    await writeFile(unpacked, library, {mode: 0o755, flush: true});
    await mkdir(path.dirname(target), {recursive: true});
    await rename(unpacked, target);
  } finally {
    await rm(work, {recursive: true, force: true});
  }
  return {...done, installed: true};
}

async function fetchJar(pin: RuntimePin, file: RuntimeFile, work: string, options: InstallOptions): Promise<Buffer> {
  const jarPath = await downloadJar({
    artifactVersion: pin.artifactVersion,
    classifier: file.classifier,
    folder: work,
    onBytes: doneBytes =>
      options.onProgress?.({step: 'download', version: pin.version, doneBytes, totalBytes: file.jarBytes}),
  });
  const jar = await readFile(jarPath);
  checkHash(jar, file.jarSha256, path.basename(jarPath));
  return jar;
}

function machineArch(): RuntimeArch {
  if (process.platform === 'linux' && isRuntimeArch(process.arch)) return process.arch;
  throw new NativeUnavailableError(
    `runtime: no TensorFlow Lite library is pinned for ${process.platform}-${process.arch}`,
    'Build libtensorflowlite_c.so for this machine and name it in DUNLIN_TFLITE_LIBRARY.',
  );
}

function choosePin(version: RuntimeVersion | undefined): {pin: RuntimePin; reason: string} {
  if (version) {
    const asked = runtimePins.find(pin => pin.version === version);
    if (asked) return {pin: asked, reason: 'as asked'};
    throw new NativeUnavailableError(
      `runtime: TensorFlow Lite ${version} is not pinned`,
      `Ask for one of ${runtimePins.map(pin => pin.version).join(', ')}.`,
    );
  }
  const glibc = glibcVersion();
  const pin = pinForGlibc(glibc);
  const found = glibc ? `glibc ${glibc.join('.')}` : 'no glibc (musl?)';
  if (!pin) {
    throw new NativeUnavailableError(
      `runtime: this system has ${found}; the pinned libraries need glibc ${runtimePins.at(-1)?.glibc.join('.')} or newer`,
      'Use a system with a newer glibc, or name your own library in DUNLIN_TFLITE_LIBRARY.',
    );
  }
  const newest = runtimePins[0];
  const reason =
    pin === newest ? `the newest pinned, for ${found}` : `${found} is older than ${newest?.glibc.join('.')}`;
  return {pin, reason};
}

function checkHash(bytes: Buffer, expected: string, name: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual === expected) return;
  throw new IntegrityError(
    `runtime: ${name} has sha256 ${actual} (${bytes.length} bytes); pinned is ${expected}`,
    'Try again; if it stays so, something between here and the repository changes the file.',
  );
}

async function hasSize(file: string, bytes: number): Promise<boolean> {
  const status = await stat(file).catch(() => undefined);
  return status?.size === bytes;
}
