import {Keeper} from '../engine/keeper.ts';
import type {Log} from '../log/log.ts';
import type {ModelVariants} from '../model/variants.ts';
import type {DeviceHosts} from '../native/host/contract.ts';
import {readMemory} from '../profile/memory.ts';
import {systemClock} from '../source/clock.ts';
import {Sysroot} from '../system/sysroot.ts';
import {openDelegateTable} from './delegates.ts';
import {placeContext, placeOrder} from './open-model.ts';
import type {ModelSpec} from './protocol.ts';

export interface KeepContext {
  readonly hosts: DeviceHosts;
  readonly log: Log;
  /** As in KeeperOptions. */
  readonly changed: () => void;
}

/** Opens a model as its spec says, and keeps it running. @throws {DunlinError} as Keeper.start() */
export function keepModel(
  models: ModelVariants,
  spec: ModelSpec,
  {hosts, log, changed}: KeepContext,
  signal: AbortSignal,
): Promise<Keeper> {
  const {delegateSettings, failover} = spec;
  const table = openDelegateTable({settings: delegateSettings, hosts, log});
  const {openMs} = failover;
  const options = {...spec, table, log, ...(openMs === undefined ? {} : {openTimeoutMs: openMs})};
  const root = new Sysroot('/');
  const here = placeOrder(models.primary, spec);
  const order = placeOrder(models.primary, spec, {withAbsent: true});
  return Keeper.start(
    {
      ...placeContext(models, options),
      order,
      optional: new Set(order.filter(place => !here.includes(place))),
      policy: failover,
      clock: systemClock,
      log,
      memory: () => readMemory(root),
      changed,
    },
    signal,
  );
}
