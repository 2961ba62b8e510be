/** Bars of the background, left to right: white, yellow, cyan, green, magenta, red, blue, black at 75 %. */
const bars = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
  [0, 0, 0],
] as const;

/** A colour-bar picture with a white square that moves over it; the same for the same size and number. */
export class Pattern {
  readonly width: number;
  readonly height: number;
  readonly #background: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#background = drawBars(width, height);
  }

  /**
   * The square's side is a quarter of the shorter side; per frame it goes an eighth of its side to the right, and at the
   * edge one side down.
   *
   * @param sequence from 0
   * @returns rgb, tightly packed `[height, width, 3]`
   */
  draw(sequence: number): Uint8Array {
    const {width} = this;
    const pixels = this.#background.slice();
    const {x, y, side} = this.square(sequence);
    for (let row = y; row < y + side; row++) pixels.fill(255, (row * width + x) * 3, (row * width + x + side) * 3);
    return pixels;
  }

  /** Where the square is in a frame. */
  square(sequence: number): {readonly x: number; readonly y: number; readonly side: number} {
    const side = Math.max(1, Math.floor(Math.min(this.width, this.height) / 4));
    const step = Math.max(1, Math.floor(side / 8));
    const columns = Math.floor((this.width - side) / step) + 1;
    const rows = Math.floor((this.height - side) / side) + 1;
    return {x: (sequence % columns) * step, y: (Math.floor(sequence / columns) % rows) * side, side};
  }
}

function drawBars(width: number, height: number): Uint8Array {
  const row = new Uint8Array(width * 3);
  for (let x = 0; x < width; x++) row.set(bars[Math.floor((x * bars.length) / width)] ?? bars[0], x * 3);
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) pixels.set(row, y * row.length);
  return pixels;
}
