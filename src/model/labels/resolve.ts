import type {ModelContents} from '../contents.ts';
import {coco80} from './coco80.ts';
import {coco90} from './coco90.ts';
import {parseLabels, parsePythonNames} from './parse.ts';
import {pascalVoc} from './pascal-voc.ts';

/** Class names and where they come from. */
export interface LabelSource {
  readonly labels: readonly string[];
  /** `read from the packed file labels.txt`; empty when there are none. */
  readonly why: string;
}

/** Labels that the file itself carries: packed label files, then ONNX metadata. */
export function labelsOfFile({header, outputNotes}: ModelContents): LabelSource | undefined {
  const named = outputNotes.flatMap(({labelFiles}) => labelFiles);
  const packed = header.packedLabels.find(({name}) => named.includes(name)) ?? header.packedLabels[0];
  if (packed) return {labels: packed.labels, why: `read from the packed file ${packed.name}`};
  for (const key of ['names', 'labels', 'classes', 'id2label']) {
    const text = header.metadata[key]?.trim();
    if (!text) continue;
    const isLiteral = /^[[{]/.test(text);
    const labels = isLiteral ? literalNames(text) : text.split(/\s*[,\n]\s*/);
    if (labels.length > 0) return {labels, why: `read from the file’s metadata "${key}"`};
  }
  return undefined;
}

/** JSON where it is valid, else the Python literal that exporters write. */
function literalNames(text: string): readonly string[] {
  try {
    return parseLabels(text, 'metadata');
  } catch {
    return parsePythonNames(text);
  }
}

/** Well-known lists told by family and class count; names for models that carry none. */
export function assumedLabels(family: string, classCount: number | undefined): LabelSource | undefined {
  if (family === 'blazeface' || family === 'ultraface') {
    return {labels: ['face'], why: `the family ${family} finds faces`};
  }
  if (family === 'semantic' && classCount === 21) {
    return {labels: pascalVoc, why: 'assumed: 21 classes is Pascal VOC’s count with background'};
  }
  if (family === 'scores' || family === 'raw' || family === 'semantic') return undefined;
  if (classCount === 80) return {labels: coco80, why: "assumed: 80 classes is COCO's count"};
  if (classCount === 90)
    return {labels: coco90, why: 'assumed: 90 classes is COCO’s count with its ten unused numbers'};
  return undefined;
}
