/** Longer lines are cut; nothing that a program says about itself is longer. */
const maxLineLength = 4096;

/** Cuts a stream of text into lines. Bounded: what goes beyond the longest line is forgotten. */
export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const lines = text.split(/[\r\n]/);
    const last = lines.pop() ?? '';
    for (const line of lines) {
      this.#emit(this.#rest + line);
      this.#rest = '';
    }
    this.#rest = (this.#rest + last).slice(0, maxLineLength);
  }

  end(): void {
    this.#emit(this.#rest);
    this.#rest = '';
  }

  #emit(line: string): void {
    if (line.trim() !== '') this.#onLine(line.slice(0, maxLineLength));
  }
}
