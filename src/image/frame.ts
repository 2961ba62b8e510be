/** How pixels lie in `Frame.data`. Raw formats are tightly packed rows; `nv12` has even width and height. */
export type PixelFormat = 'jpeg' | 'rgb' | 'bgr' | 'rgba' | 'gray' | 'nv12' | 'i420' | 'yuyv';

/** One picture from a source. */
export interface Frame {
  /** Counts what the source captured, from 0; a gap means dropped frames. */
  readonly sequence: number;
  /** Monotonic clock (`process.hrtime.bigint()`) when the frame's last byte arrived. */
  readonly capturedAtNs: bigint;
  /** Wall clock at the same moment, milliseconds since 1970. */
  readonly wallClockMs: number;
  /** Pixels; for `jpeg`, what the header says. */
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  readonly data: Uint8Array;
  /** Where it came from (a file's path), when the source has more than one origin. */
  readonly origin?: string;
}
