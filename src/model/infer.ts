import type {ModelContents} from './contents.ts';
import {blazeface} from './infer/blazeface.ts';
import {classify} from './infer/classify.ts';
import {fastestdet} from './infer/fastestdet.ts';
import type {Evidence, Finding, ImageCandidate, Rule} from './infer/finding.ts';
import {findImageInput} from './infer/image-input.ts';
import {inferNormalization} from './infer/normalization.ts';
import {raw} from './infer/raw.ts';
import {semantic} from './infer/semantic.ts';
import {ssdAnchors} from './infer/ssd-anchors.ts';
import {ssdPostprocess} from './infer/ssd-postprocess.ts';
import {findStates, type StateLink} from './infer/states.ts';
import {ultraface} from './infer/ultraface.ts';
import {yolox} from './infer/yolox.ts';
import type {Manifest, ManifestInput, ManifestOutput} from './manifest.ts';
import type {Reasons} from './model.ts';

/** Tried in order; the first that recognises the model wins. */
const rules: readonly Rule[] = [
  ssdPostprocess,
  blazeface,
  ultraface,
  yolox,
  fastestdet,
  ssdAnchors,
  classify,
  semantic,
];

export interface InferredManifest {
  readonly manifest: Manifest;
  /** Dotted manifest path → sentence. */
  readonly reasons: Reasons;
  /** Number of classes, where the outputs tell. */
  readonly classCount: number | undefined;
}

/**
 * Infers the manifest of a file that comes without one, from its metadata, operators, shapes, quantization and tensor names.
 *
 * @param file the file's name, which gives the model its name and nothing else
 */
export function inferManifest(contents: ModelContents, file: string): InferredManifest {
  const search = findImageInput(contents);
  const evidence: Evidence = {contents, image: search.image};
  const finding = firstMatch(evidence) ?? raw(evidence, search.image === undefined ? search.why : undefined);
  const links = statesOf(contents, finding, search.image);
  const reasons: Record<string, string> = {task: finding.why, family: finding.why};
  const manifest: Manifest = {
    name: nameOf(file),
    version: contents.header.metadata.version || '1',
    task: finding.task,
    family: finding.family,
    variants: {[contents.header.edgetpuCompiled ? 'edgetpu' : 'cpu']: {file}},
    inputs: contents.header.inputs.map((_, index) => inputAt(index, {evidence, finding, links, reasons})),
    outputs: outputsOf(contents, finding, {links, reasons}),
    decode: finding.decode,
  };
  for (const [key, why] of Object.entries(finding.decodeReasons)) {
    if (key in finding.decode) reasons[`decode.${key}`] = why;
  }
  reasons.name = 'the file’s name';
  reasons.version = contents.header.metadata.version
    ? 'read from the file’s metadata'
    : 'assumed: no version in the file';
  return {manifest, reasons, classCount: finding.classCount};
}

function firstMatch(evidence: Evidence): Finding | undefined {
  for (const rule of rules) {
    const finding = rule(evidence);
    if (finding) return finding;
  }
  return undefined;
}

/** A name that the manifest schema takes. */
function nameOf(file: string): string {
  const stem = file.replace(/\.[^.]+$/, '').replace(/[^a-z0-9._-]+/gi, '-');
  return stem.replace(/^[^a-z0-9]+/i, '') || 'model';
}

function statesOf(contents: ModelContents, finding: Finding, image: ImageCandidate | undefined): readonly StateLink[] {
  const read = finding.outputs.filter(({role}) => role !== 'ignored').map(({index}) => index);
  return findStates(contents, {inputs: new Set(image ? [image.index] : []), outputs: new Set(read)});
}

interface Draft {
  readonly evidence: Evidence;
  readonly finding: Finding;
  readonly links: readonly StateLink[];
  readonly reasons: Record<string, string>;
}

function inputAt(index: number, {evidence, finding, links, reasons}: Draft): ManifestInput {
  const {image, contents} = evidence;
  const at = `inputs.${index}`;
  if (image?.index === index) return imageInput(image, {evidence, finding, links, reasons});
  const link = links.find(({input}) => input === index);
  const role = link ? 'state' : 'tensor';
  const shape = contents.header.inputs[index]?.shape ?? [];
  reasons[`${at}.role`] = link
    ? `output ${link.output} is fed back: ${link.why}`
    : `shape [${shape.join(', ')}] is not taken for a picture`;
  return {index, role};
}

function imageInput(image: ImageCandidate, {evidence, finding, reasons}: Draft): ManifestInput {
  const {index, width, height, layout, channels, why} = image;
  const at = `inputs.${index}`;
  const {contents} = evidence;
  const normalization = inferNormalization(contents, image, finding.image);
  const color = colorOf(evidence, image, finding);
  const fit = finding.image.fit ?? {
    value: 'stretch' as const,
    why: 'assumed: most models take the whole picture, stretched',
  };
  for (const key of ['role', 'width', 'height', 'layout']) reasons[`${at}.${key}`] = why;
  reasons[`${at}.normalization`] = normalization.why;
  reasons[`${at}.colorOrder`] = color.why;
  reasons[`${at}.fit`] = fit.why;
  reasons[`${at}.filter`] = 'assumed: the filter of Pillow and TensorFlow’s antialiased resize';
  return {
    index,
    role: 'image',
    width,
    height,
    layout,
    colorOrder: channels === 1 ? 'gray' : color.value,
    normalization: normalization.value,
    fit: fit.value,
    filter: 'bilinear',
    ...(finding.image.padValue !== undefined && {padValue: finding.image.padValue}),
  };
}

function colorOf(
  {contents}: Evidence,
  {index, channels}: ImageCandidate,
  finding: Finding,
): {value: 'rgb' | 'bgr' | 'gray'; why: string} {
  if (channels === 1) return {value: 'gray', why: 'one channel'};
  if (contents.inputNotes[index]?.image?.color === 'rgb') return {value: 'rgb', why: 'read from TFLite metadata'};
  return finding.image.colorOrder ?? {value: 'rgb', why: 'assumed: three channels are usually RGB'};
}

function outputsOf(
  {header}: ModelContents,
  finding: Finding,
  {links, reasons}: Pick<Draft, 'links' | 'reasons'>,
): ManifestOutput[] {
  return header.outputs.map((_, index) => {
    const link = links.find(({output}) => output === index);
    const found = finding.outputs.find(output => output.index === index);
    reasons[`outputs.${index}.role`] = link ? `fed back: ${link.why}` : (found?.why ?? 'no decoder reads it');
    return link ? {index, role: 'state', feeds: link.input} : {index, role: found?.role ?? 'ignored'};
  });
}
