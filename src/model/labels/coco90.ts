import {coco80} from './coco80.ts';

/** Category numbers 1–90 that COCO's detection challenge does not use. @see https://cocodataset.org/#format-data */
const unused = new Set([12, 26, 29, 30, 45, 66, 68, 69, 71, 83]);

/** COCO's category numbers as TensorFlow's zoo counts them: class i is category i + 1; unused numbers are empty. */
export const coco90: readonly string[] = withGaps(90);

function withGaps(count: number): string[] {
  let next = 0;
  return Array.from({length: count}, (_, index) => (unused.has(index + 1) ? '' : (coco80[next++] ?? '')));
}
