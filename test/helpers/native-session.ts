import {readFileSync} from 'node:fs';
import {loadNative} from '../../src/native/load.ts';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';
import type {TfliteSessionOptions} from '../../src/native/tflite-session.ts';
import {TfliteSession} from '../../src/native/tflite-session.ts';
import {openRuntime} from './runtimes.ts';
import {sharedData} from './shared-data.ts';

/** Bytes of a model in the shared data: `hello_world_float`, `edgetpu/…`. */
export function modelBytes(name: string): Uint8Array {
  return readFileSync(sharedData('models', `${name}.tflite`));
}

/** A session on one thread with XNNPACK, unless said otherwise. */
export async function openSession(
  name: string,
  options: Partial<TfliteSessionOptions> = {},
  version: RuntimeVersion = '2.21.0',
): Promise<TfliteSession> {
  const tflite = await openRuntime(version);
  const model = options.model ?? modelBytes(name);
  return TfliteSession.open({tflite, name, threads: 1, xnnpack: true, ...options, model});
}

/** The raw addon with a lane and a session, for tests of the addon itself. */
export async function openRaw(name: string, version: RuntimeVersion = '2.21.0') {
  const addon = loadNative();
  const {library} = await openRuntime(version);
  const lane = addon.laneCreate('test');
  const options = {model: modelBytes(name), threads: 1, xnnpack: false, delegates: []} as const;
  const session = await addon.sessionOpen(lane, library, options);
  return {addon, library, lane, session, options};
}
