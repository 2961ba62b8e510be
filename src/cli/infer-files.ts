import {existsSync, mkdirSync, readFileSync, statSync} from 'node:fs';
import {basename, dirname, extname, join, resolve} from 'node:path';
import type {RunResult, Session} from '../delegate/contract.ts';
import {InputError, SinkError, UsageError} from '../error/errors.ts';
import type {Frame} from '../image/frame.ts';
import type {Model} from '../model/model.ts';
import type {Result} from '../task/result.ts';
import {writeFile} from './write-file.ts';

/** Where `dunlin infer` writes, as its flags say. */
export interface InferFiles {
  readonly outputDir?: string;
  readonly annotate?: string;
  readonly saveMask?: string;
  readonly tensor?: readonly string[];
}

/**
 * Refuses flags that the model or the kind of input has no use for, and makes the output folder: before anything is run.
 *
 * @throws {UsageError} a flag that cannot be followed
 * @throws {SinkError} the folder cannot be made
 */
export function prepareFiles(model: Model, {annotate, saveMask, tensor, outputDir}: InferFiles): void {
  const {task} = model.manifest;
  if (annotate !== undefined && tensor !== undefined) {
    throw new UsageError(
      '--annotate: raw tensors have no picture to draw on',
      'Give a picture, or leave the flag out.',
    );
  }
  if (saveMask !== undefined && task !== 'segment') {
    throw new UsageError(`--save-mask: the model's task is ${task}, not segment`, 'Leave the flag out for this model.');
  }
  if (outputDir !== undefined) makeFolder(resolve(outputDir));
}

/** Step by step: Node's own `recursive` never returns where the kernel refuses new names, as under /proc. */
function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let at = folder; !existsSync(at); at = dirname(at)) missing.unshift(at);
  try {
    for (const part of missing) mkdirSync(part);
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    throw new SinkError(`${folder}: cannot be made (${code})`, 'Name a folder that you may write to.', {cause});
  }
}

/**
 * Puts one file per input into the session's inputs, in order. Inputs that carry state may be left out: they start from zero.
 *
 * @throws {InputError} too many or too few files, one that cannot be read or has another size than its input
 */
export function fillInputs(session: Session, model: Model, files: readonly string[]): void {
  const {inputs} = session;
  const names = `Give one file per input, in order: ${inputs.map(({name}) => name).join(', ')}.`;
  if (files.length > inputs.length) {
    throw new InputError(`--tensor: ${files.length} files for a model with ${inputs.length} input(s)`, names);
  }
  const carried = new Set(model.manifest.outputs.map(({feeds}) => feeds));
  const missing = inputs.findIndex((_, index) => index >= files.length && !carried.has(index));
  if (missing >= 0) {
    throw new InputError(`--tensor: no file for input ${missing} "${inputs[missing]?.name}"`, names);
  }
  files.forEach((file, index) => {
    fillInput(session, index, file);
  });
}

function fillInput(session: Session, index: number, file: string): void {
  const tensor = session.inputs[index];
  if (!tensor) return;
  const {name, dtype, shape, data} = tensor;
  const bytes = readBytes(file);
  if (bytes.length !== data.length) {
    throw new InputError(
      `${file}: ${bytes.length} bytes, expected ${data.length} for input ${index} "${name}" (${dtype} [${shape.join(', ')}])`,
      'Write the tensor row-major and little-endian, with nothing before or after it.',
    );
  }
  data.set(bytes);
}

function readBytes(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    throw new InputError(`${file}: cannot be read (${code})`, 'Check the path.', {cause});
  }
}

/** Writes `out0.bin`, `out1.bin` …, the engine's bytes as they are. @throws {SinkError} */
export function saveOutputs({outputDir}: InferFiles, run: RunResult, written: number): void {
  if (outputDir === undefined) return;
  const folder = written === 0 ? outputDir : join(outputDir, String(written + 1));
  makeFolder(resolve(folder));
  run.outputs.forEach(({data}, index) => {
    writeFile(join(folder, `out${index}.bin`), data, {replace: true});
  });
}

/** Draws the result on its picture. @param written frames done before this one @throws {SinkError} */
export async function saveAnnotated(path: string, frame: Frame, shown: Shown, written: number): Promise<void> {
  const {annotate} = await import('../image/draw.ts');
  const png = await annotate(frame, shown.result, {format: 'png'});
  writeFile(outputName(path, shown.input, written), png, {replace: true});
}

/** Writes a segmentation mask. @param written frames done before this one @throws {SinkError} */
export async function saveMask(path: string, {input, result}: Shown, written: number): Promise<void> {
  if (result.task !== 'segment') return;
  const {maskToPng} = await import('../image/mask-png.ts');
  writeFile(outputName(path, input, written), await maskToPng(result), {replace: true});
}

interface Shown {
  readonly input: string;
  readonly result: Result;
}

/** The path itself for the first picture, `name-2.png` and so on for later ones, or one file per input inside a folder. */
function outputName(path: string, input: string, written: number): string {
  if (statSync(path, {throwIfNoEntry: false})?.isDirectory()) {
    return join(path, `${basename(input, extname(input))}${written === 0 ? '' : `-${written + 1}`}.png`);
  }
  if (written === 0) return path;
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${written + 1}${extension}`;
}
