import type {JpegLibrary, NativeAddon} from './api.ts';
import {loadNative} from './load.ts';

/** libturbojpeg, or why there is none: JPEG pictures then take the slower way through sharp. */
export type Turbojpeg =
  | {readonly library: JpegLibrary; readonly path: string}
  | {readonly library: undefined; readonly reason: string; readonly hint: string};

export interface FindTurbojpegOptions {
  /** From the configuration; wins over `DUNLIN_TURBOJPEG_LIBRARY`. */
  readonly configuredPath?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly addon?: NativeAddon;
}

/** Finds and opens libturbojpeg: the configured one, else the system's. Absence is an answer, not an error. */
export function findTurbojpeg(options: FindTurbojpegOptions = {}): Turbojpeg {
  const addon = options.addon ?? loadNative();
  const configured = options.configuredPath || (options.env ?? process.env).DUNLIN_TURBOJPEG_LIBRARY;
  const failures: string[] = [];
  for (const path of configured ? [configured] : ['libturbojpeg.so.0', 'libturbojpeg.so']) {
    try {
      return {library: addon.jpegOpen(path), path};
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return {
    library: undefined,
    reason: failures.join('; '),
    hint: 'Install libturbojpeg; on Debian, Ubuntu or Raspberry Pi OS: apt-get install libturbojpeg0',
  };
}
