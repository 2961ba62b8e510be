import {readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import type {Session, SessionOptions} from '../../src/delegate/contract.ts';
import type {Model} from '../../src/model/model.ts';
import type {DeviceHosts, HostRequest} from '../../src/native/host/contract.ts';
import {openHosted} from '../../src/native/host/session.ts';
import {findTflite} from '../../src/native/runtime.ts';

/**
 * Opens a model in a process of its own, with the libraries that the CPU delegate uses inside the daemon.
 *
 * @throws {ModelUnsupportedError} the library refuses the model
 * @throws {DelegateUnavailableError} the process cannot be started, or dies
 */
export function openIsolated(
  model: Model,
  name: string,
  hosts: DeviceHosts,
  options: SessionOptions,
): Promise<Session> {
  const xnnpack = options.xnnpack && model.header.xnnpackFault === undefined;
  const threads: readonly [string, string] = ['threads', String(options.threads)];
  return openHosted(
    model,
    {
      where: `${name} cpu`,
      request: {key: `${name} ${model.name}`, ...engineOf(model)},
      options: model.format === 'tflite' ? [threads, ['xnnpack', xnnpack ? 'yes' : 'no']] : [threads],
      remedy: 'Check the model with other inputs; convert it again if it crashes with all.',
    },
    hosts,
    options,
  );
}

function engineOf({format}: Model): Pick<HostRequest, 'engine' | 'library'> {
  if (format === 'tflite') return {engine: 'tflite', library: findTflite().path};
  return {engine: 'onnxruntime', library: bundledOnnxRuntime()};
}

/** The C library that lies beside onnxruntime-node's binding. */
function bundledOnnxRuntime(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const folder = path.join(path.dirname(manifest), 'bin');
  const api = readdirSync(folder).find(name => name.startsWith('napi-')) ?? '';
  return path.join(folder, api, process.platform, process.arch, 'libonnxruntime.so.1');
}
