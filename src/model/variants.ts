import {stat} from 'node:fs/promises';
import {basename, dirname, relative} from 'node:path';
import {DunlinError, ManifestError} from '../error/errors.ts';
import {resolveImageInput} from './image.ts';
import {type LoadOptions, loadLocated, loadModel} from './load.ts';
import {type Located, locate, locateVariant, variantOf} from './locate.ts';
import type {VariantName} from './manifest.ts';
import type {Model} from './model.ts';
import {disagreement, twinCandidates} from './twin.ts';

/** A model with every file that holds it: one for the CPU, one compiled for the Edge TPU, and so on. */
export interface ModelVariants {
  /** The file that was asked for. Name, labels and decode settings are the same in all. */
  readonly primary: Model;
  /** Every file, the primary first. */
  readonly all: readonly Model[];
  /**
   * The file that a delegate opens: its own variant, else one that suits it, else the primary, which the delegate's
   * `unsupportedReason` then refuses with the names of the files that were looked for.
   *
   * @param delegateId the delegate's id, whatever the configuration calls it
   */
  for(delegateId: string): Model;
  /** What was found beside the primary, or looked for in vain: one clause. */
  readonly twinNote?: string;
}

/**
 * Loads a model with its variants: those of its `model.json`, and the twin that file names tell (`x_edgetpu.tflite` and
 * `x.tflite`), which is taken only when inputs and outputs agree.
 *
 * @throws {ModelInvalidError} no such file, damaged, hostile, or of no known format; of a twin by name only said in the note
 * @throws {ModelUnsupportedError} well formed, but not to be used
 * @throws {ManifestError} the manifest or a label file is wrong or disagrees with a file
 * @throws {IntegrityError} a file's sha256 is not the manifest's
 */
export async function loadVariants(path: string, options: LoadOptions = {}): Promise<ModelVariants> {
  const found = await locate(path, options);
  const primary = await loadLocated(found, options);
  const {models, notes} = await loadDeclared(found, primary, options);
  const compiled = primary.header.edgetpuCompiled;
  const other = compiled ? 'cpu' : 'edgetpu';
  if (!primary.segments && primary.format === 'tflite' && !models.has(other)) {
    const twin = await findTwin(primary, compiled, options);
    notes.push(twin.note);
    if (twin.model) return pair(primary, twin.model, {models, other, note: notes.join('; ')});
  }
  return choose(primary, models, notes.join('; '));
}

interface Declared {
  readonly models: Map<VariantName, Model>;
  readonly notes: string[];
}

/** What the manifest names. A file that was not copied here is only noted: one folder may serve many boards. */
async function loadDeclared(found: Located, primary: Model, options: LoadOptions): Promise<Declared> {
  const models = new Map<VariantName, Model>();
  const notes: string[] = [];
  const named = found.manifest && variantNames(found, found.manifest.manifest);
  if (!found.manifest || !named) {
    return {models: models.set(primary.header.edgetpuCompiled ? 'edgetpu' : 'cpu', primary), notes};
  }
  const {path, manifest} = found.manifest;
  for (const name of named) {
    const located = locateVariant(path, manifest, name);
    if (!located) continue;
    const missing = await firstMissing(located);
    if (isSame(located, found)) models.set(name, primary);
    else if (missing !== undefined) notes.push(`variants.${name}: ${missing} is not there`);
    else models.set(name, checkCounts(await loadLocated(located, options), primary, `${path}: variants.${name}`));
  }
  return {models, notes};
}

/** Undefined when the manifest speaks of another file than the one asked for. */
function variantNames(
  found: Located,
  manifest: NonNullable<Located['manifest']>['manifest'],
): VariantName[] | undefined {
  const isNamed = found.files.length > 1 || variantOf(manifest, found.path) !== undefined;
  return isNamed ? (Object.keys(manifest.variants) as VariantName[]) : undefined;
}

function isSame(one: Located, other: Located): boolean {
  return one.files.map(({path}) => basename(path)).join() === other.files.map(({path}) => basename(path)).join();
}

async function firstMissing({files}: Located): Promise<string | undefined> {
  for (const {path} of files) if (!(await stat(path).catch(() => undefined))) return path;
  return undefined;
}

function checkCounts(model: Model, primary: Model, where: string): Model {
  for (const side of ['inputs', 'outputs'] as const) {
    const [got, expected] = [model.header[side].length, primary.header[side].length];
    if (got === expected) continue;
    throw new ManifestError(
      `${where} has ${got} ${side}, ${basename(primary.path)} has ${expected}`,
      'Variants are the same model for other hardware; give a different model a folder of its own.',
    );
  }
  return model;
}

interface Twin {
  readonly model?: Model;
  readonly note: string;
}

async function findTwin(primary: Model, compiled: boolean, options: LoadOptions): Promise<Twin> {
  const candidates = twinCandidates(primary.path, compiled);
  const wanted = compiled ? 'CPU twin' : 'twin compiled for the Edge TPU';
  const notes: string[] = [];
  for (const path of candidates) {
    if (!(await stat(path).catch(() => undefined))?.isFile()) continue;
    const tried = await tryTwin(path, primary, options);
    if (typeof tried !== 'string') {
      return {model: tried, note: `${path} is its ${wanted}: inputs and outputs agree in number, shape and dtype`};
    }
    notes.push(`${path} is not its ${wanted}: ${tried}`);
  }
  const looked = candidates.length === 0 ? 'its name tells none' : `looked for ${candidates.join(', ')}`;
  return {note: notes.length > 0 ? notes.join('; ') : `no ${wanted} found (${looked})`};
}

/** @returns the twin, or why it is none */
async function tryTwin(path: string, primary: Model, options: LoadOptions): Promise<Model | string> {
  const {labelsPath} = options;
  try {
    const twin = await loadModel(path, labelsPath === undefined ? {} : {labelsPath});
    if (twin.header.edgetpuCompiled === primary.header.edgetpuCompiled) {
      return twin.header.edgetpuCompiled ? 'both are compiled for the Edge TPU' : 'it is not compiled for the Edge TPU';
    }
    return disagreement(primary.header, twin.header) ?? twin;
  } catch (error) {
    if (error instanceof DunlinError) return error.message;
    throw error;
  }
}

interface Pairing {
  readonly models: Map<VariantName, Model>;
  readonly other: 'cpu' | 'edgetpu';
  readonly note: string;
}

/** A compiled file tells little about its model: without a manifest, the pair is described by the CPU's half. */
function pair(primary: Model, twin: Model, {models, other, note}: Pairing): ModelVariants {
  const isDescribed = Object.keys(primary.reasons).length === 0;
  const described = isDescribed || other === 'edgetpu' ? primary : twin;
  const labelled = described.labels.length > 0 ? described : described === primary ? twin : primary;
  const labelsReason = labelled.reasons.labels;
  const common = {
    name: described.name,
    version: described.version,
    manifest: {...described.manifest, variants: {...variantsOf(primary, twin), ...primary.manifest.variants}},
    reasons: {...described.reasons, ...(labelsReason !== undefined && {labels: labelsReason})},
    labels: labelled.labels,
  };
  const as = (model: Model): Model => {
    return {...model, ...common, image: resolveImageInput(model.header, described.manifest)};
  };
  const asked = as(primary);
  const together = [...models].map(([name, model]) => [name, model === primary ? asked : model] as const);
  return choose(asked, new Map(together).set(other, as(twin)), note);
}

/** The twin as a manifest would name it; not when it lies above. */
function variantsOf(primary: Model, twin: Model): Model['manifest']['variants'] {
  const file = relative(dirname(primary.path), twin.path);
  if (file.startsWith('..')) return {};
  return twin.header.edgetpuCompiled ? {edgetpu: {file}} : {cpu: {file}};
}

function choose(asked: Model, models: ReadonlyMap<VariantName, Model>, twinNote: string): ModelVariants {
  const noted = new Map<Model, Model>();
  for (const model of [asked, ...models.values()]) noted.set(model, twinNote === '' ? model : {...model, twinNote});
  const byName = new Map([...models].map(([name, model]) => [name as string, noted.get(model) as Model]));
  const primary = noted.get(asked) as Model;
  return {
    primary,
    all: [...noted.values()],
    for: delegateId => byName.get(delegateId) ?? standIn(delegateId, primary, byName),
    ...(twinNote !== '' && {twinNote}),
  };
}

/** An external delegate may be an Edge TPU's; everything else without a variant of its own takes what the CPU takes. */
function standIn(delegateId: string, primary: Model, byName: ReadonlyMap<string, Model>): Model {
  const forCpu = primary.header.edgetpuCompiled ? byName.get('cpu') : primary;
  if (delegateId === 'edgetpu' || delegateId === 'external') return primary;
  return forCpu ?? primary;
}
