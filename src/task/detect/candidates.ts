/** Boxes that reach non-maximum suppression at most; of more, the best scores stay. */
export const candidateLimit = 1000;

/**
 * Boxes above the score threshold, in input pixels, as parallel arrays that are reused between runs.
 * Invariant: slots 0…count−1 are filled; among equal scores the earlier box has the lower slot.
 */
export class Candidates {
  count = 0;
  /** Row of the model's output that the box came from. */
  readonly row: Int32Array;
  readonly classIndex: Int32Array;
  readonly score: Float64Array;
  readonly left: Float64Array;
  readonly top: Float64Array;
  readonly right: Float64Array;
  readonly bottom: Float64Array;
  readonly #limit: number;
  readonly #order: number[] = [];
  /** Once the arrays have overflowed: scores up to this one cannot be among the best any more. */
  #floor = Number.NEGATIVE_INFINITY;

  constructor(limit: number = candidateLimit) {
    const size = 2 * limit;
    this.#limit = limit;
    this.row = new Int32Array(size);
    this.classIndex = new Int32Array(size);
    this.score = new Float64Array(size);
    this.left = new Float64Array(size);
    this.top = new Float64Array(size);
    this.right = new Float64Array(size);
    this.bottom = new Float64Array(size);
  }

  clear(): void {
    this.count = 0;
    this.#floor = Number.NEGATIVE_INFINITY;
  }

  /** False when a box of this score would be dropped anyway, so that its decoding can be spared. */
  wants(score: number): boolean {
    return score > this.#floor;
  }

  /** Boxes with a coordinate or score that is not finite, or without area, are dropped. */
  add(row: number, classIndex: number, score: number, box: Box): void {
    const {left, top, right, bottom} = box;
    if (!(score > this.#floor && right > left && bottom > top)) return;
    if (!Number.isFinite(right - left) || !Number.isFinite(bottom - top) || !Number.isFinite(score)) return;
    if (this.count === this.score.length) this.#keepBest();
    const slot = this.count++;
    this.row[slot] = row;
    this.classIndex[slot] = classIndex;
    this.score[slot] = score;
    this.left[slot] = left;
    this.top[slot] = top;
    this.right[slot] = right;
    this.bottom[slot] = bottom;
  }

  /** Slots, best score first, at most the limit; ties in the order they were added. Valid until the next call. */
  ranked(): readonly number[] {
    const order = this.#order;
    order.length = this.count;
    for (let slot = 0; slot < order.length; slot++) order[slot] = slot;
    order.sort((a, b) => this.score[b]! - this.score[a]! || a - b);
    if (order.length > this.#limit) order.length = this.#limit;
    return order;
  }

  /** Half of the slots go, so the cost per box stays logarithmic. */
  #keepBest(): void {
    const kept = [...this.ranked()];
    this.#floor = this.score[kept[kept.length - 1]!]!;
    kept.sort((a, b) => a - b);
    for (const array of [this.row, this.classIndex, this.score, this.left, this.top, this.right, this.bottom]) {
      kept.forEach((from, to) => {
        array[to] = array[from]!;
      });
    }
    this.count = kept.length;
  }
}

/** Corners in input pixels. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
