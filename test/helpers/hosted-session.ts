import type {Session, SessionOptions} from '../../src/delegate/contract.ts';
import {silentLog} from '../../src/log/log.ts';
import {loadModel} from '../../src/model/load.ts';
import type {Model} from '../../src/model/model.ts';
import type {HostedModel} from '../../src/native/host/session.ts';
import {openHosted} from '../../src/native/host/session.ts';
import type {RuntimeVersion} from '../../src/native/runtime-pins.ts';
import {xnnpackFlags} from '../../src/native/xnnpack.ts';
import type {TestHosts} from './hosts.ts';
import {openRuntime} from './runtimes.ts';
import {sharedData} from './shared-data.ts';

export interface HostedOptions extends Partial<SessionOptions> {
  /** Key of the process; sessions with the same one share it. */
  readonly key?: string;
  readonly version?: RuntimeVersion;
  /** For the engine, beside `threads` and `xnnpack`. */
  readonly engine?: readonly (readonly [string, string])[];
  readonly openTimeoutMs?: number;
}

/** A model of the shared data: `hello_world_float`. */
export function sharedModel(name: string): Promise<Model> {
  return loadModel(sharedData('models', `${name}.tflite`));
}

/** How a TFLite model is opened in a host process. */
export async function hostedTflite(options: HostedOptions = {}): Promise<HostedModel> {
  const {path: library} = await openRuntime(options.version ?? '2.21.0');
  const xnnpack = options.xnnpack === false ? 'no' : String(xnnpackFlags);
  return {
    where: options.key ?? 'test device',
    request: {key: options.key ?? 'test device', engine: 'tflite', library},
    options: [['threads', '1'], ['xnnpack', xnnpack], ...(options.engine ?? [])],
    remedy: 'Plug it in again.',
    ...(options.openTimeoutMs === undefined ? {} : {openTimeoutMs: options.openTimeoutMs}),
  };
}

/** A session in a host process, on one thread with XNNPACK, unless said otherwise. */
export async function openHostedModel(hosts: TestHosts, model: Model, options: HostedOptions = {}): Promise<Session> {
  return openHosted(model, await hostedTflite(options), hosts, {threads: 1, xnnpack: true, log: silentLog, ...options});
}
