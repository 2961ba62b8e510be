import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {basename} from 'node:path';
import type {Delegate, DelegateContext, DelegateDefinition, Device} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {openHosted} from '../../src/native/host/session.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {xnnpackFlags} from '../../src/native/xnnpack.ts';
import {type ExternalOptions, optionsSchema} from './options.ts';

/** Any delegate library with TFLite's external-delegate interface, in a process of its own. */
export const external: DelegateDefinition = {
  apiVersion: 1,
  id: 'external',
  home: 'isolated',
  create(options, context) {
    return createExternal(parseOptions(optionsSchema, options, context.name), context);
  },
};

function createExternal({library, options, env}: ExternalOptions, context: DelegateContext): Delegate {
  const device: Device = {id: nameOf(library), name: `TFLite external delegate ${basename(library)}`, facts: {library}};
  const plugin = Object.entries(options).map(([key, value]) => [`plugin.${key}`, String(value)] as const);
  return {
    id: 'external',
    home: 'isolated',
    probe: async () => ((await isThere(library)) ? [device] : []),
    async absence() {
      return {
        reason: `${library} cannot be read`,
        remedy: `Install the delegate of the NPU's maker, or correct delegates.${context.name}.library.`,
      };
    },
    unsupportedReason(model) {
      if (model.format !== 'tflite') return 'an ONNX model; external delegates are for TFLite models';
      return model.header.hazards?.[0];
    },
    open(model, {id}, session) {
      const where = `${context.name} ${id}`;
      const request = {key: `external ${library}`, engine: 'tflite', library: findTflite().path, env} as const;
      const xnnpack = session.xnnpack ? String(xnnpackFlags) : 'no';
      const base = [
        ['threads', String(session.threads)],
        ['xnnpack', xnnpack],
        ['plugin', library],
      ] as const;
      const remedy = `See what the library's maker says of it; it is set in delegates.${context.name}.`;
      return openHosted(model, {where, request, options: [...base, ...plugin], remedy}, context.hosts, session);
    },
  };
}

/** `libethosu_delegate.so.1` is called `ethosu_delegate`. */
function nameOf(library: string): string {
  return basename(library)
    .replace(/^lib/, '')
    .replace(/\.so(\.\d+)*$/, '');
}

/** A bare name is left to the loader of the process that opens it. */
async function isThere(library: string): Promise<boolean> {
  if (!library.includes('/')) return true;
  return access(library, constants.R_OK).then(
    () => true,
    () => false,
  );
}
