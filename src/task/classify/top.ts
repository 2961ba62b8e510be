import type {Values} from '../values.ts';

/** The best stored values of a tensor, best first; ties keep the lower index first. Reused between runs. */
export class TopValues {
  readonly indexes: Int32Array;
  readonly raw: Float64Array;
  count = 0;

  constructor(capacity: number) {
    this.indexes = new Int32Array(capacity);
    this.raw = new Float64Array(capacity);
  }

  /**
   * One pass without sorting or dequantizing. NaN and infinities are passed over.
   *
   * @param minimum stored value that must at least be reached
   * @param skipIndex index that is never taken; −1 for none
   */
  select(values: Values['raw'], minimum: number, skipIndex: number): void {
    const capacity = this.raw.length;
    this.count = 0;
    let worst = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (this.count < capacity ? value >= minimum : value > worst) {
        if (index === skipIndex || !Number.isFinite(value)) continue;
        this.#insert(index, value);
        worst = this.raw[this.count - 1]!;
      }
    }
  }

  #insert(index: number, value: number): void {
    const {indexes, raw} = this;
    let position = this.count < raw.length ? this.count++ : raw.length - 1;
    while (position > 0 && raw[position - 1]! < value) {
      raw[position] = raw[position - 1]!;
      indexes[position] = indexes[position - 1]!;
      position--;
    }
    raw[position] = value;
    indexes[position] = index;
  }
}
