import type {MessagePort} from 'node:worker_threads';
import {DelegateUnavailableError, DunlinError} from '../error/errors.ts';
import type {DeviceHosts, HostExit, HostLease, HostOccupancy, HostRequest} from '../native/host/contract.ts';

/** From a pipeline's thread. `lease` numbers a connection. */
type Ask =
  | {readonly kind: 'connect'; readonly lease: number; readonly request: HostRequest}
  | {readonly kind: 'taken' | 'release'; readonly lease: number}
  | {readonly kind: 'kill'; readonly lease: number; readonly reason: string}
  | {readonly kind: 'ended' | 'occupancy'; readonly lease: number};

type Answer =
  | {readonly kind: 'connected'; readonly lease: number; readonly pid: number; readonly fd: number}
  | {readonly kind: 'refused'; readonly lease: number; readonly message: string; readonly hint: string}
  | {readonly kind: 'ended'; readonly lease: number; readonly exit: HostExit}
  | {readonly kind: 'occupancy'; readonly lease: number; readonly occupancy: HostOccupancy};

/** Threads served so far. */
let threads = 0;

/**
 * Lets the thread at the other end of the port use the processes. A file descriptor is a number that holds in all
 * threads. When the port closes, as it does with the thread, its connections count as closed.
 */
export function serveHosts(port: MessagePort, hosts: DeviceHosts, closeSocket: (socket: number) => void): void {
  const leases = new Map<number, {readonly lease: HostLease; taken: boolean}>();
  let closed = false;
  const turn = threads++;
  const tellOccupancy = async (lease: number) => {
    const occupancy = await hosts.occupancy?.();
    post({kind: 'occupancy', lease, occupancy: {sessions: occupancy?.sessions ?? new Map(), turn}});
  };
  const post = (answer: Answer) => port.postMessage(answer);
  const connect = async (id: number, request: HostRequest) => {
    try {
      const lease = await hosts.connect(request);
      if (closed) {
        closeSocket(lease.fd);
        lease.release();
        return;
      }
      leases.set(id, {lease, taken: false});
      post({kind: 'connected', lease: id, pid: lease.pid, fd: lease.fd});
    } catch (error) {
      const {message} = error as Error;
      post({
        kind: 'refused',
        lease: id,
        message,
        hint: error instanceof DunlinError ? error.hint : 'Report this as a bug.',
      });
    }
  };
  port.on('message', (ask: Ask) => {
    if (ask.kind === 'connect') {
      void connect(ask.lease, ask.request);
      return;
    }
    if (ask.kind === 'occupancy') {
      void tellOccupancy(ask.lease);
      return;
    }
    const known = leases.get(ask.lease);
    if (known === undefined) return;
    if (ask.kind === 'taken') known.taken = true;
    else if (ask.kind === 'kill') known.lease.kill(ask.reason);
    else if (ask.kind === 'ended') {
      void known.lease.ended().then(exit => post({kind: 'ended', lease: ask.lease, exit}));
    } else {
      known.lease.release();
      leases.delete(ask.lease);
    }
  });
  port.on('close', () => {
    closed = true;
    for (const {lease, taken} of leases.values()) {
      if (!taken) closeSocket(lease.fd);
      lease.release();
    }
    leases.clear();
  });
  port.unref();
}

/** The processes as a pipeline's thread reaches them: owned by the main thread at the other end of the port. */
export function connectHosts(port: MessagePort): DeviceHosts {
  const connecting = new Map<number, {resolve(lease: HostLease): void; reject(error: Error): void}>();
  const asking = new Map<number, (exit: HostExit) => void>();
  const counting = new Map<number, (occupancy: HostOccupancy) => void>();
  let leases = 0;
  const post = (ask: Ask) => port.postMessage(ask);
  const toLease = (lease: number, pid: number, fd: number): HostLease => {
    let exit: Promise<HostExit> | undefined;
    const ask = () =>
      new Promise<HostExit>(resolve => {
        asking.set(lease, resolve);
        post({kind: 'ended', lease});
      });
    return {
      pid,
      fd,
      kill: reason => post({kind: 'kill', lease, reason}),
      ended: () => {
        exit ??= ask();
        return exit;
      },
      release: () => post({kind: 'release', lease}),
    };
  };
  port.on('message', (answer: Answer) => {
    const {lease} = answer;
    if (answer.kind === 'ended') {
      asking.get(lease)?.(answer.exit);
      asking.delete(lease);
      return;
    }
    if (answer.kind === 'occupancy') {
      counting.get(lease)?.(answer.occupancy);
      counting.delete(lease);
      return;
    }
    const waiting = connecting.get(lease);
    connecting.delete(lease);
    if (answer.kind === 'refused') {
      waiting?.reject(new DelegateUnavailableError(answer.message, answer.hint));
      return;
    }
    post({kind: 'taken', lease});
    waiting?.resolve(toLease(lease, answer.pid, answer.fd));
  });
  port.unref(); // a thread ends even while it waits for news of a process
  return {
    connect: request =>
      new Promise((resolve, reject) => {
        const lease = ++leases;
        connecting.set(lease, {resolve, reject});
        post({kind: 'connect', lease, request});
      }),
    occupancy: () =>
      new Promise(resolve => {
        const lease = ++leases;
        counting.set(lease, resolve);
        post({kind: 'occupancy', lease});
      }),
  };
}
