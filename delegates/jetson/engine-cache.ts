import {createHash, randomUUID} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {mkdir, open, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {join, relative} from 'node:path';
import {pipeline} from 'node:stream/promises';

/** Everything that an engine depends on: engines of other keys are of no use. */
export interface EngineParts {
  readonly modelSha256: string;
  /** Of ONNX Runtime, which decides what TensorRT gets to see. */
  readonly ort: string;
  readonly tensorrt: string;
  /** `tegra234 sm_87`. */
  readonly gpu: string;
  /** Precision, DLA core, shapes, and whatever else the builder was told. */
  readonly settings: readonly (readonly [string, string])[];
}

/** Short enough for a folder's name, long enough that no two meet. */
const keyLength = 32;

export function engineKey({modelSha256, ort, tensorrt, gpu, settings}: EngineParts): string {
  const sorted = [...settings].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify([modelSha256, ort, tensorrt, gpu, sorted]);
  return createHash('sha256').update(text).digest('hex').slice(0, keyLength);
}

/** What a folder of the cache holds. */
export type EngineState =
  | {readonly is: 'whole'; readonly folder: string}
  | {readonly is: 'absent'}
  | {readonly is: 'damaged'; readonly reason: string};

interface Manifest {
  readonly format: 1;
  /** Path in the folder → sha256. */
  readonly files: Readonly<Record<string, string>>;
  /** For people who look into the cache. */
  readonly about: Readonly<Record<string, string>>;
}

const manifestName = 'manifest.json';
const enginesName = 'engines';
const draftPrefix = '.draft-';

/**
 * TensorRT engines on disk, one folder per key: `engines/`, as ONNX Runtime wrote it, and a manifest with the sha256 of every
 * file. A folder is filled as a draft and gets its name when it is complete, so that one that has its name was whole once.
 */
export class EngineCache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Reads every file of the engine. */
  async state(key: string): Promise<EngineState> {
    const folder = join(this.folder, key);
    if ((await stat(folder).catch(() => undefined)) === undefined) return {is: 'absent'};
    const manifest = await readManifest(folder);
    if (manifest === undefined) return {is: 'damaged', reason: `${manifestName} is missing or damaged`};
    const reason = await difference(join(folder, enginesName), manifest);
    return reason === undefined ? {is: 'whole', folder: join(folder, enginesName)} : {is: 'damaged', reason};
  }

  /** A new empty folder to build in; what builds before it left behind goes. Builds come one after the other. */
  async draft(key: string): Promise<string> {
    await mkdir(this.folder, {recursive: true});
    const left = (await readdir(this.folder)).filter(name => name.startsWith(draftPrefix));
    await Promise.all(left.map(name => rm(join(this.folder, name), {recursive: true, force: true})));
    const draft = this.#draftName(key);
    await mkdir(join(draft, enginesName), {recursive: true});
    return draft;
  }

  /** Where a builder writes its engines. */
  enginesOf(draft: string): string {
    return join(draft, enginesName);
  }

  /** Makes a filled draft the engine of its key. */
  async keep(key: string, draft: string, about: Readonly<Record<string, string>>): Promise<void> {
    const engines = join(draft, enginesName);
    const files: Record<string, string> = {};
    for (const name of await filesIn(engines)) {
      await sync(join(engines, name));
      files[name] = await sha256(join(engines, name));
    }
    const manifest: Manifest = {format: 1, files, about};
    await writeSynced(join(draft, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
    await sync(engines);
    await sync(draft);
    await this.discard(key);
    await rename(draft, join(this.folder, key));
    await sync(this.folder);
  }

  /** Forgets an engine. It loses its name first, so that no half of it is ever found. */
  async discard(key: string): Promise<void> {
    const gone = this.#draftName(key);
    const had = await rename(join(this.folder, key), gone).then(
      () => true,
      () => false,
    );
    if (had) await rm(gone, {recursive: true, force: true});
  }

  #draftName(key: string): string {
    return join(this.folder, `${draftPrefix}${key}-${randomUUID()}`);
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(folder, manifestName), 'utf8')) as Manifest;
    const files = Object.values(manifest.files);
    return manifest.format === 1 && files.every(hash => typeof hash === 'string') ? manifest : undefined;
  } catch {
    return undefined;
  }
}

/** What is not as the manifest says, or undefined. A file more is as bad as a file less: the library would use it. */
async function difference(engines: string, {files}: Manifest): Promise<string | undefined> {
  const there = await filesIn(engines);
  const stray = there.find(name => !Object.hasOwn(files, name));
  if (stray !== undefined) return `${stray} does not belong there`;
  for (const [name, hash] of Object.entries(files)) {
    if (!there.includes(name)) return `${name} is missing`;
    if ((await sha256(join(engines, name)).catch(() => '')) !== hash) return `${name} has changed`;
  }
  return undefined;
}

/** Paths of all files below a folder, sorted; empty when there is none. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {withFileTypes: true, recursive: true}).catch(() => []);
  return entries
    .filter(entry => !entry.isDirectory())
    .map(entry => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
