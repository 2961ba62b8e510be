import type {Delegate, DelegateContext, DelegateDefinition} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import {Calls} from './calls.ts';
import {KserveServer} from './kserve.ts';
import {type RemoteOptions, remoteOptionsSchema} from './options.ts';
import type {RemoteServer} from './server.ts';
import {openRemote} from './session.ts';

/** A model server on another machine: KServe v2 over HTTP, a SageMaker endpoint, a Lambda function. */
export const remote: DelegateDefinition = {
  apiVersion: 1,
  id: 'remote',
  home: 'remote',
  create(options, context) {
    if (Object.keys(options).length === 0) return withoutServer(context);
    const parsed = parseOptions(remoteOptionsSchema, options, context.name);
    return createRemote(parsed, context);
  },
};

function createRemote(options: RemoteOptions, context: DelegateContext): Delegate {
  const key = `delegates.${context.name}`;
  const calls = new Calls(options);
  let server: Promise<RemoteServer> | undefined;
  const load = () => {
    server ??= loadServer(options, context);
    return server;
  };
  return {
    id: 'remote',
    home: 'remote',
    async probe() {
      const known = await load();
      const {rest} = calls;
      if (rest === undefined) return [await known.probe()];
      const problem = {reason: `${known.id} is ${rest}`, remedy: 'Read the log for its failures.'};
      return [{id: known.id, name: `model server at ${known.id}`, problem}];
    },
    absence: async () => notConfigured(context),
    unsupportedReason: () => undefined,
    async open(model, _device, sessionOptions) {
      const known = await load();
      const {rest} = calls;
      if (rest !== undefined) {
        throw new DelegateUnavailableError(`remote: ${known.id} is ${rest}`, 'Read the log for its failures.');
      }
      const parts = {server: known, calls, name: options.model ?? model.name, timeoutMs: options.timeoutMs, key};
      return openRemote(model, parts, sessionOptions);
    },
  };
}

/** The adapters are loaded only where they are asked for. */
async function loadServer(options: RemoteOptions, context: DelegateContext): Promise<RemoteServer> {
  switch (options.protocol) {
    case 'kserve':
      return new KserveServer(options, context);
    case 'sagemaker':
      return new (await import('./sagemaker.ts')).SagemakerServer(options, context);
    case 'lambda':
      return new (await import('./lambda.ts')).LambdaServer(options, context);
  }
}

/** The built-in name without options: there is no server to ask. */
function withoutServer(context: DelegateContext): Delegate {
  const {reason, remedy} = notConfigured(context);
  return {
    id: 'remote',
    home: 'remote',
    probe: async () => [],
    absence: async () => ({reason, remedy}),
    unsupportedReason: () => undefined,
    async open() {
      throw new DelegateUnavailableError(`remote: ${reason}`, remedy);
    },
  };
}

function notConfigured({name}: DelegateContext) {
  return {reason: 'no server is configured', remedy: `Name one with delegates.${name}.url in dunlin.yaml.`};
}
