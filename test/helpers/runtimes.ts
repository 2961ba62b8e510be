import {loadNative} from '../../src/native/load.ts';
import type {Tflite} from '../../src/native/runtime.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {installRuntime} from '../../src/native/runtime-install.ts';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';

/** A pinned TFLite library of this version, fetched into the cache on first use. */
export async function openRuntime(version: RuntimeVersion): Promise<Tflite> {
  const {path} = await installRuntime({version});
  return findTflite({configuredPath: path, addon: loadNative()});
}
