import {HostSupervisor} from '../engine/hosts.ts';
import {defaultFailover, type FailoverOptions} from '../engine/options.ts';
import type {Log} from '../log/log.ts';
import {spawnHost} from '../native/host/spawn.ts';
import {loadNative} from '../native/load.ts';

/** The processes that own devices, for this program. Call close() at the end. */
export function startHosts(log: Log, policy: FailoverOptions = defaultFailover): HostSupervisor {
  return new HostSupervisor({
    log,
    spawn: spawnHost,
    sockets: {connect: parent => loadNative().hostConnect(parent), close: closeSocket},
    restarts: policy.restarts,
    backoffFirstMs: policy.retryFirstMs,
    backoffMostMs: policy.retryMostMs,
  });
}

export function closeSocket(socket: number): void {
  loadNative().hostClose(socket);
}
