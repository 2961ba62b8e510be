import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {movidius} from '../../../delegates/movidius/index.ts';
import type {Delegate, Device, Session, SessionOptions} from '../../../src/delegate/contract.ts';
import {silentLog} from '../../../src/log/log.ts';
import type {Model} from '../../../src/model/model.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import type {TestHosts} from '../../helpers/hosts.ts';
import {pythonEnv} from '../../helpers/python.ts';

/** Folder of the real library, from the openvino package of PyPI. */
export async function openvinoFolder(): Promise<string> {
  return join((await pythonEnv('openvino')).packages, 'openvino', 'libs');
}

export const oneThread: SessionOptions = {threads: 1, xnnpack: true, log: silentLog};

/** The delegate on the real library, without a cache of compiled models. */
export async function realMovidius(
  hosts: TestHosts,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Delegate> {
  return createDelegate(movidius, {library: await openvinoFolder(), cache: false, ...options}, {hosts});
}

/** A session on the device of that id, closed when the test ends. */
export async function openOn(t: ExecutionContext, delegate: Delegate, id: string, model: Model): Promise<Session> {
  const device = await deviceOf(delegate, id);
  const session = await delegate.open(model, device, oneThread);
  t.teardown(() => session.close());
  return session;
}

/** @throws the delegate has no such device */
export async function deviceOf(delegate: Delegate, id: string): Promise<Device> {
  const devices = await delegate.probe();
  const device = devices.find(candidate => candidate.id === id);
  if (device !== undefined) return device;
  const known = devices.map(({id: name, problem}) => `${name} ${problem?.reason ?? ''}`).join(', ');
  throw new Error(`no device ${id}, only ${known} (${(await delegate.absence()).reason})`);
}
