import type {Log} from '../../log/log.ts';
import type {SourceContext} from '../context.ts';
import type {Hwaccel, SourceOptions} from '../options.ts';

/** Which way of decoding to use, falling back to software for good once hardware has failed before its first frame. */
export class HwaccelChoice {
  readonly #where: string;
  readonly #log: Log;
  #hwaccel: Hwaccel;

  constructor(where: string, options: SourceOptions, context: SourceContext) {
    this.#where = where;
    this.#log = context.log;
    this.#hwaccel = options.hwaccel ?? context.profileHwaccel ?? 'none';
  }

  get current(): Hwaccel {
    return this.#hwaccel;
  }

  /** To be called when a decoder ended without having given a frame. @returns whether there is another way to try */
  failed(reason: string): boolean {
    if (this.#hwaccel === 'none') return false;
    const fields = {source: this.#where, hwaccel: this.#hwaccel, reason};
    this.#log.warn(fields, 'hardware decoding failed, decoding in software');
    this.#hwaccel = 'none';
    return true;
  }
}
