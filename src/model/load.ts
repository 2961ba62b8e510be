import {createHash} from 'node:crypto';
import {readFile, stat} from 'node:fs/promises';
import {basename} from 'node:path';
import {IntegrityError, ManifestError, ModelInvalidError, ModelUnsupportedError} from '../error/errors.ts';
import {checkManifest} from './check-manifest.ts';
import type {ModelContents} from './contents.ts';
import {resolveImageInput} from './image.ts';
import {inferManifest} from './infer.ts';
import {joinParts, type ModelPart} from './join.ts';
import {parseLabels} from './labels/parse.ts';
import {assumedLabels, type LabelSource, labelsOfFile} from './labels/resolve.ts';
import {type Located, type LocatedFile, type LocateOptions, locate, notFound} from './locate.ts';
import type {Manifest} from './manifest.ts';
import {besideManifest, readSmallText} from './manifest-file.ts';
import type {Model, Reasons} from './model.ts';
import {readModel} from './read.ts';

/** Node reads no larger file in one piece. */
const maxFileBytes = 2 ** 31 - 1;

export interface LoadOptions extends LocateOptions {
  /** A label file that overrides all other labels. */
  readonly labelsPath?: string;
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
  return loadLocated(await locate(path, options), options);
}

/** The same for files that were found already. */
export async function loadLocated(found: Located, options: LoadOptions): Promise<Model> {
  const parts = await Promise.all(found.files.map(file => readPart(file, found.manifest?.path)));
  const {file, contents, segments} = joinParts(parts, found.path);
  const inferred = found.manifest ? undefined : inferManifest(contents, basename(found.path));
  const manifest = found.manifest?.manifest ?? (inferred as NonNullable<typeof inferred>).manifest;
  if (found.manifest) checkManifest(manifest, contents.header);
  const labels = await findLabels(contents, {found, manifest, options, classCount: inferred?.classCount});
  const reasons: Reasons = inferred ? {...inferred.reasons, ...(labels.why && {labels: labels.why})} : {};
  return {
    ...file,
    ...(segments && {segments}),
    name: manifest.name,
    version: manifest.version,
    format: contents.header.format,
    manifest,
    reasons,
    labels: labels.labels,
    image: resolveImageInput(contents.header, manifest),
  };
}

async function readPart({path, sha256: expected}: LocatedFile, manifestPath: string | undefined): Promise<ModelPart> {
  const bytes = await readBytes(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (expected !== undefined && expected !== sha256) {
    throw new IntegrityError(
      `${path}: sha256 is ${sha256}, ${manifestPath} says ${expected}`,
      'Copy the model again, or correct the sha256 if the change is meant.',
    );
  }
  const contents = readNamed(bytes, path);
  return {file: {path, sha256, bytes, header: contents.header}, contents};
}

async function readBytes(path: string): Promise<Uint8Array> {
  const {size} = await stat(path).catch((cause: Error) => notFound(path, cause));
  if (size > maxFileBytes) {
    throw new ModelUnsupportedError(`${path}: ${size} bytes, at most ${maxFileBytes}`, 'Use a smaller model.');
  }
  return readFile(path).catch((cause: Error) => notFound(path, cause));
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
