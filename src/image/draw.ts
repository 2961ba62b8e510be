import type {ClassScore, DetectResult, Result, SegmentResult} from '../task/result.ts';
import {Canvas, classColor} from './canvas.ts';
import type {Picture} from './picture.ts';
import {toRgb} from './pixels.ts';

export interface AnnotateOptions {
  readonly format: 'png' | 'jpeg';
  /** Of a JPEG, 1–100; 80 by default. */
  readonly quality?: number;
  /** False draws boxes, points and masks without text. */
  readonly labels?: boolean;
}

/**
 * The picture with the result drawn on it: boxes with label and score, points, class colours over a mask, or the list
 * of classes. Needs no fonts.
 *
 * @returns the bytes of a PNG or JPEG file
 * @throws {InputError} the picture's data do not fit its format and size, or are a damaged JPEG
 */
export async function annotate(picture: Picture, result: Result, options: AnnotateOptions): Promise<Uint8Array> {
  const canvas = new Canvas(await toRgb(picture));
  drawResult(canvas, result, options.labels ?? true);
  const {width, height, data} = canvas.picture;
  const {default: sharp} = await import('sharp');
  const image = sharp(data, {raw: {width, height, channels: 3}});
  return options.format === 'png' ? image.png().toBuffer() : image.jpeg({quality: options.quality ?? 80}).toBuffer();
}

function drawResult(canvas: Canvas, result: Result, hasLabels: boolean): void {
  switch (result.task) {
    case 'classify':
      if (hasLabels) drawList(canvas, result.classes, score => score.score);
      return;
    case 'detect':
      drawDetections(canvas, result, hasLabels);
      return;
    case 'segment':
      drawMask(canvas, result);
      if (hasLabels) drawList(canvas, result.classes, present => present.fraction);
      return;
    case 'tensor':
      return;
  }
}

const nameOf = ({label, index}: Pick<ClassScore, 'label' | 'index'>): string => (label === '' ? `#${index}` : label);
const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** Worst first, so that the best lies on top. */
function drawDetections(canvas: Canvas, {detections}: DetectResult, hasLabels: boolean): void {
  for (const detection of detections.toReversed()) {
    const color = classColor(detection.index);
    canvas.frame(detection.box, color);
    for (const point of detection.keypoints ?? []) canvas.dot(point, color);
    if (!hasLabels) continue;
    const {x, y} = detection.box;
    canvas.label(`${nameOf(detection)} ${percent(detection.score)}`, {x, y: y - canvas.lineHeight}, color);
  }
}

type Named = Pick<ClassScore, 'label' | 'index'>;

function drawList<Entry extends Named>(
  canvas: Canvas,
  entries: readonly Entry[],
  shareOf: (entry: Entry) => number,
): void {
  const lines = Math.min(entries.length, 10, Math.floor(canvas.picture.height / canvas.lineHeight));
  entries.slice(0, lines).forEach((entry, line) => {
    const text = `${nameOf(entry)} ${percent(shareOf(entry))}`;
    canvas.label(text, {x: 0, y: line * canvas.lineHeight}, classColor(entry.index));
  });
}

/** A class called background, or the first of an unlabelled model, leaves the picture as it is. */
function isBackground({index, label}: Named): boolean {
  return label === '' ? index === 0 : /^_*background_*$/i.test(label);
}

function drawMask(canvas: Canvas, {width, height, mask, classes}: SegmentResult): void {
  const tints = new Map(
    classes.filter(entry => !isBackground(entry)).map(entry => [entry.index, classColor(entry.index)]),
  );
  const {width: pictureWidth, height: pictureHeight} = canvas.picture;
  for (let y = 0; y < pictureHeight; y++) {
    const row = Math.floor(((y + 0.5) * height) / pictureHeight) * width;
    for (let x = 0; x < pictureWidth; x++) {
      const tint = tints.get(mask[row + Math.floor(((x + 0.5) * width) / pictureWidth)] ?? -1);
      if (tint !== undefined) canvas.tint(y * pictureWidth + x, tint);
    }
  }
}
