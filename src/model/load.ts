import {createHash} from 'node:crypto';
import {readFile, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {IntegrityError, ManifestError, ModelInvalidError, ModelUnsupportedError} from '../error/errors.ts';
import {checkManifest} from './check-manifest.ts';
import type {ModelContents} from './contents.ts';
import {resolveImageInput} from './image.ts';
import {inferManifest} from './infer.ts';
import {parseLabels} from './labels/parse.ts';
import {assumedLabels, type LabelSource, labelsOfFile} from './labels/resolve.ts';
import type {Manifest} from './manifest.ts';
import {besideManifest, readManifest, readSmallText} from './manifest-file.ts';
import type {Model, Reasons} from './model.ts';
import {readModel} from './read.ts';

const manifestName = 'model.json';
/** Node reads no larger file in one piece. */
const maxFileBytes = 2 ** 31 - 1;

type Variant = keyof Manifest['variants'];

export interface LoadOptions {
  /** A manifest to use instead of the one beside the file. */
  readonly manifestPath?: string;
  /** A label file that overrides all other labels. */
  readonly labelsPath?: string;
  /** The manifest's variant to load; `cpu`, else the first, unless given. */
  readonly variant?: Variant;
}

/**
 * Loads a model: a `.tflite` or `.onnx` file, or a folder with `model.json`. The file is read once, checked against the
 * manifest's sha256 and verified without native code; a file that no manifest names gets an inferred one.
 *
 * @throws {ModelInvalidError} no such file, damaged, hostile, or of no known format
 * @throws {ModelUnsupportedError} well formed, but not to be used
 * @throws {ManifestError} the manifest or a label file is wrong or disagrees with the model
 * @throws {IntegrityError} the file's sha256 is not the manifest's
 */
export async function loadModel(path: string, options: LoadOptions = {}): Promise<Model> {
  const found = await locate(path, options);
  const bytes = await readBytes(found.path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  checkHash(found, sha256);
  const contents = readNamed(bytes, found.path);
  const file = basename(found.path);
  const inferred = found.manifest ? undefined : inferManifest(contents, file);
  const manifest = found.manifest?.manifest ?? (inferred as NonNullable<typeof inferred>).manifest;
  if (found.manifest) checkManifest(manifest, contents.header);
  const labels = await findLabels(contents, {found, manifest, options, classCount: inferred?.classCount});
  const reasons: Reasons = inferred ? {...inferred.reasons, ...(labels.why && {labels: labels.why})} : {};
  return {
    path: found.path,
    name: manifest.name,
    version: manifest.version,
    format: contents.header.format,
    sha256,
    bytes,
    header: contents.header,
    manifest,
    reasons,
    labels: labels.labels,
    image: resolveImageInput(contents.header, manifest),
  };
}

interface Located {
  readonly path: string;
  readonly manifest:
    | {readonly path: string; readonly manifest: Manifest; readonly sha256: string | undefined}
    | undefined;
}

async function locate(path: string, {manifestPath, variant}: LoadOptions): Promise<Located> {
  const isFolder = (await stat(path).catch((cause: Error) => notFound(path, cause))).isDirectory();
  if (isFolder) return locateInFolder(manifestPath ?? join(path, manifestName), variant);
  if (basename(path) === manifestName && manifestPath === undefined) return locateInFolder(path, variant);
  if (manifestPath !== undefined) {
    const manifest = await readManifest(manifestPath);
    return {path, manifest: {path: manifestPath, manifest, sha256: hashOf(manifest, path)}};
  }
  const beside = join(dirname(path), manifestName);
  if (!(await stat(beside).catch(() => undefined))?.isFile()) return {path, manifest: undefined};
  // A broken manifest beside the file matters only if it speaks of this file.
  const manifest = await readManifest(beside);
  const named = Object.values(manifest.variants).some(entry => basename(entry.file) === basename(path));
  return {path, manifest: named ? {path: beside, manifest, sha256: hashOf(manifest, path)} : undefined};
}

function notFound(path: string, cause: Error): never {
  const reason = 'code' in cause ? String(cause.code) : cause.message;
  throw new ModelInvalidError(`${path}: cannot be read (${reason})`, 'Check the path and its permissions.', {cause});
}

async function locateInFolder(manifestPath: string, wanted: Variant | undefined): Promise<Located> {
  const manifest = await readManifest(manifestPath);
  const [first] = Object.keys(manifest.variants) as Variant[];
  const variant = wanted ?? ('cpu' in manifest.variants ? 'cpu' : first);
  const entry = variant && manifest.variants[variant];
  if (!entry) {
    throw new ManifestError(
      `${manifestPath}: variants has no "${variant ?? 'cpu'}", only ${Object.keys(manifest.variants).join(', ') || 'none'}`,
      'Name a model file under "variants".',
    );
  }
  const path = besideManifest(manifestPath, entry.file, `variants.${variant}.file`);
  return {path, manifest: {path: manifestPath, manifest, sha256: entry.sha256}};
}

function hashOf(manifest: Manifest, path: string): string | undefined {
  return Object.values(manifest.variants).find(({file}) => basename(file) === basename(path))?.sha256;
}

async function readBytes(path: string): Promise<Uint8Array> {
  const {size} = await stat(path).catch((cause: Error) => notFound(path, cause));
  if (size > maxFileBytes) {
    throw new ModelUnsupportedError(`${path}: ${size} bytes, at most ${maxFileBytes}`, 'Use a smaller model.');
  }
  return readFile(path).catch((cause: Error) => notFound(path, cause));
}

function checkHash({path, manifest}: Located, sha256: string): void {
  if (manifest?.sha256 === undefined || manifest.sha256 === sha256) return;
  throw new IntegrityError(
    `${path}: sha256 is ${sha256}, ${manifest.path} says ${manifest.sha256}`,
    'Copy the model again, or correct the sha256 if the change is meant.',
  );
}

/** Puts the file's name in front of what the readers say. */
function readNamed(bytes: Uint8Array, path: string): ModelContents {
  try {
    return readModel(bytes, path);
  } catch (error) {
    if (
      error instanceof ModelInvalidError ||
      error instanceof ModelUnsupportedError ||
      error instanceof ManifestError
    ) {
      if (!error.message.startsWith(path)) error.message = `${path}: ${error.message}`;
    }
    throw error;
  }
}

interface LabelRequest {
  readonly found: Located;
  readonly manifest: Manifest;
  readonly options: LoadOptions;
  readonly classCount: number | undefined;
}

/** `--labels`, then the manifest's, then the file's own, then well-known lists (only for inferred manifests). */
async function findLabels(
  contents: ModelContents,
  {found, manifest, options, classCount}: LabelRequest,
): Promise<LabelSource> {
  if (options.labelsPath !== undefined) return fromFile(options.labelsPath);
  const {labels} = manifest;
  if (Array.isArray(labels)) return {labels, why: 'given in the manifest'};
  if (labels && found.manifest) return fromFile(besideManifest(found.manifest.path, labels.file, 'labels.file'));
  const own = labelsOfFile(contents);
  if (own) return own;
  const assumed = found.manifest ? undefined : assumedLabels(manifest.family, classCount);
  return assumed ?? {labels: [], why: ''};
}

async function fromFile(path: string): Promise<LabelSource> {
  return {labels: parseLabels(await readSmallText(path), path), why: `read from ${path}`};
}
