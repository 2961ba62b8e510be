import type {Readable} from 'node:stream';
import type {Log} from '../log/log.ts';
import type {Clock} from './clock.ts';
import type {Hwaccel} from './options.ts';

/** What the owner of a source lends it. */
export interface SourceContext {
  readonly log: Log;
  /** The system's when absent. */
  readonly clock?: Clock;
  /** What the device profile says; `options.hwaccel` wins over it. */
  readonly profileHwaccel?: Hwaccel;
  /** Environment of child processes, and the PATH they are found on; the process's own when absent. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * True where the consumer blocks its event loop (onnxruntime-node computes inside run()): live sources then read in a
   * thread of their own. `clock` does not reach there.
   */
  readonly ownThread?: boolean;
  /** What `stdin:` reads; file descriptor 0 when absent. */
  readonly stdin?: Readable;
}
