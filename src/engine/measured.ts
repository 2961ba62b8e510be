import {randomBytes} from 'node:crypto';
import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {SinkError} from '../error/errors.ts';

const measurementSchema = z.strictObject({
  /** SHA-256 of the model file. */
  model: z.string(),
  /** Name in the configuration. */
  delegate: z.string(),
  device: z.string(),
  engine: z.string(),
  p50Ms: z.number().positive(),
  runs: z.int().positive(),
  /** ISO 8601. */
  at: z.string(),
});
const fileSchema = z.strictObject({v: z.literal(1), entries: z.array(measurementSchema)});

/** How fast one model ran on one device, as `dunlin bench --save` found. */
export type Measurement = z.infer<typeof measurementSchema>;

/** Far more than one board runs; the oldest go first. */
const mostEntries = 1000;

const fileName = (cacheDir: string) => join(cacheDir, 'measured.json');

/** Measurements of this machine, oldest first; none when there is no file, or a damaged one. */
export function readMeasured(cacheDir: string): readonly Measurement[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(fileName(cacheDir), 'utf8'))).entries;
  } catch {
    return []; // only a hint: the device profile's order stands without it
  }
}

/**
 * Adds measurements; one of the same model, delegate, device and engine is replaced.
 *
 * @throws {SinkError} the file cannot be written; the old one stays whole
 */
export function saveMeasured(cacheDir: string, entries: readonly Measurement[]): void {
  const key = ({model, delegate, device, engine}: Measurement) => JSON.stringify([model, delegate, device, engine]);
  const replaced = new Set(entries.map(key));
  const kept = readMeasured(cacheDir).filter(entry => !replaced.has(key(entry)));
  const all = [...kept, ...entries].slice(-mostEntries);
  const path = fileName(cacheDir);
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(cacheDir, {recursive: true});
    writeFileSync(draft, `${JSON.stringify({v: 1, entries: all}, null, 2)}\n`);
    renameSync(draft, path);
  } catch (cause) {
    discard(draft);
    const {code} = cause as NodeJS.ErrnoException;
    const hint = 'Make the folder writable, or name another one with DUNLIN_CACHE_DIR.';
    throw new SinkError(`${path}: cannot be written (${code})`, hint, {cause});
  }
}

function discard(draft: string): void {
  try {
    rmSync(draft, {force: true});
  } catch {
    // Its folder is not there either.
  }
}

/** Milliseconds of one run, as measured last; undefined when it was not. @param device any of the delegate's when absent */
export function measuredP50(
  entries: readonly Measurement[],
  sha256: string,
  delegate: string,
  device?: string,
): number | undefined {
  const fits = (entry: Measurement) =>
    entry.model === sha256 && entry.delegate === delegate && (device === undefined || entry.device === device);
  if (device !== undefined) return entries.findLast(fits)?.p50Ms;
  const times = entries.filter(fits).map(({p50Ms}) => p50Ms);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The order with measured delegates sorted among the places they hold; those that were not measured keep theirs. */
export function orderByMeasured(
  order: readonly string[],
  entries: readonly Measurement[],
  sha256: string,
): readonly string[] {
  const p50 = new Map(order.map(delegate => [delegate, measuredP50(entries, sha256, delegate)]));
  const measured = order.filter(delegate => p50.get(delegate) !== undefined);
  const fastestFirst = measured.toSorted((one, other) => p50.get(one)! - p50.get(other)!);
  return order.map(delegate => (p50.get(delegate) === undefined ? delegate : fastestFirst.shift()!));
}
