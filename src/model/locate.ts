import {stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {ManifestError, ModelInvalidError} from '../error/errors.ts';
import type {Manifest, VariantEntry, VariantName} from './manifest.ts';
import {besideManifest, readManifest} from './manifest-file.ts';

const manifestName = 'model.json';

export interface LocateOptions {
  /** A manifest to use instead of the one beside the file. */
  readonly manifestPath?: string;
  /** The manifest's variant to load; `cpu`, else the first, unless given. */
  readonly variant?: VariantName;
}

/** One file and what the manifest says its hash is. */
export interface LocatedFile {
  readonly path: string;
  readonly sha256: string | undefined;
}

/** Where a model's files are. */
export interface Located {
  /** The file that stands for all in messages. */
  readonly path: string;
  /** In order; more than one for a model that is cut into segments. */
  readonly files: readonly LocatedFile[];
  readonly manifest: {readonly path: string; readonly manifest: Manifest} | undefined;
}

/**
 * Finds the files and the manifest of what the operator named: a model file, a `model.json`, or its folder.
 *
 * @throws {ModelInvalidError} no such file
 * @throws {ManifestError} the manifest is wrong, or names no such variant
 */
export async function locate(path: string, {manifestPath, variant}: LocateOptions): Promise<Located> {
  const isFolder = (await stat(path).catch((cause: Error) => notFound(path, cause))).isDirectory();
  if (isFolder) return locateInFolder(manifestPath ?? join(path, manifestName), variant);
  if (basename(path) === manifestName && manifestPath === undefined) return locateInFolder(path, variant);
  if (manifestPath !== undefined) return locateFile(path, manifestPath, await readManifest(manifestPath));
  const beside = join(dirname(path), manifestName);
  const alone: Located = {path, files: [{path, sha256: undefined}], manifest: undefined};
  if (!(await stat(beside).catch(() => undefined))?.isFile()) return alone;
  // A broken manifest beside the file matters only if it speaks of this file.
  const manifest = await readManifest(beside);
  return variantOf(manifest, path) === undefined ? alone : locateFile(path, beside, manifest);
}

/** The files of one variant of a manifest. @throws {ManifestError} a name leaves the manifest's folder */
export function locateVariant(manifestPath: string, manifest: Manifest, variant: VariantName): Located | undefined {
  const entry = manifest.variants[variant];
  if (entry === undefined) return undefined;
  const files = filesOf(entry).map(({file, sha256}, index) => {
    const key = 'file' in entry ? `variants.${variant}.file` : `variants.${variant}.segments[${index}]`;
    return {path: besideManifest(manifestPath, file, key), sha256};
  });
  const path = files.length === 1 && files[0] ? files[0].path : manifestPath;
  return {path, files, manifest: {path: manifestPath, manifest}};
}

/** The variant whose only file has this name. */
export function variantOf(manifest: Manifest, path: string): VariantName | undefined {
  const names = Object.keys(manifest.variants) as VariantName[];
  return names.find(name => {
    const entry = manifest.variants[name];
    return entry !== undefined && 'file' in entry && basename(entry.file) === basename(path);
  });
}

/** @throws {ModelInvalidError} always: says why a file cannot be read */
export function notFound(path: string, cause: Error): never {
  const reason = 'code' in cause ? String(cause.code) : cause.message;
  throw new ModelInvalidError(`${path}: cannot be read (${reason})`, 'Check the path and its permissions.', {cause});
}

function locateFile(path: string, manifestPath: string, manifest: Manifest): Located {
  const variant = variantOf(manifest, path);
  const entry = variant && manifest.variants[variant];
  const sha256 = entry && 'file' in entry ? entry.sha256 : undefined;
  return {path, files: [{path, sha256}], manifest: {path: manifestPath, manifest}};
}

async function locateInFolder(manifestPath: string, wanted: VariantName | undefined): Promise<Located> {
  const manifest = await readManifest(manifestPath);
  const [first] = Object.keys(manifest.variants) as VariantName[];
  const variant = wanted ?? ('cpu' in manifest.variants ? 'cpu' : first);
  const located = variant && locateVariant(manifestPath, manifest, variant);
  if (located) return located;
  throw new ManifestError(
    `${manifestPath}: variants has no "${variant ?? 'cpu'}", only ${Object.keys(manifest.variants).join(', ') || 'none'}`,
    'Name a model file under "variants".',
  );
}

function filesOf(entry: VariantEntry) {
  return 'file' in entry ? [entry] : entry.segments.map(file => ({file, sha256: undefined}));
}
