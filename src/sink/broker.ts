import {type EventEmitter, once} from 'node:events';
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net';
import {Aedes, type Client} from 'aedes';
import {SinkError} from '../error/errors.ts';
import type {Log} from '../log/log.ts';

export interface EmbeddedBroker {
  /** `mqtt://127.0.0.1:1883` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Disconnects every client and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

export interface EmbeddedBrokerOptions {
  readonly host: string;
  /** 0 takes any free port; another one that is taken makes way for the next free one. */
  readonly port: number;
  readonly log: Log;
}

/** What waits for one subscriber before it misses messages. */
const subscriberBufferBytes = 1024 * 1024;
/** Ports tried above the one asked for, before any free one is taken. */
const portsTried = 20;

/**
 * A broker of our own for a quick start without any other: MQTT 3.1.1 only, no accounts, everything in memory, so it
 * belongs on the loopback. Nobody can make it grow: sessions end with their connection, and a subscriber that does not
 * read misses results and is disconnected after 5 s.
 *
 * @throws {SinkError} no port can be had on this host
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const {host, log} = options;
  const broker = await Aedes.createBroker({
    // Messages kept for a client that may never return would grow without bound.
    preConnect: (_client, packet, done) => {
      packet.clean = true;
      done(null, true);
    },
    // A subscriber that does not keep up misses results; else it would hold up all others.
    authorizeForward: (client, packet) => (packet.qos === 0 && isBehind(client) ? null : packet),
    drainTimeout: 5000,
  });
  const events: EventEmitter = broker;
  events.on('error', (error: Error) => log.error({error: error.message}, 'embedded broker: internal error'));
  broker.on('clientError', (client, error) => log.debug({client: client.id, error: error.message}, 'client error'));
  const sockets = new Set<Socket>();
  const server = createServer({highWaterMark: subscriberBufferBytes}, socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    broker.handle(socket);
  });
  const port = await listen(server, options).catch(async (error: unknown) => {
    await closeBroker(broker);
    throw error;
  });
  log.info({port}, `embedded MQTT broker on ${host}:${port}`);
  let closed: Promise<void> | undefined;
  const close = async () => {
    server.close();
    await closeBroker(broker);
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${port}`,
    host,
    port,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function isBehind(client: Client): boolean {
  return client.conn.writableNeedDrain;
}

function closeBroker(broker: Aedes): Promise<void> {
  return new Promise(resolve => broker.close(() => resolve()));
}

async function listen(server: Server, {host, port, log}: EmbeddedBrokerOptions): Promise<number> {
  const candidates =
    port === 0 ? [0] : [...Array.from({length: portsTried}, (_, index) => port + index).filter(isPort), 0];
  for (const candidate of candidates) {
    try {
      server.listen(candidate, host);
      await once(server, 'listening');
      const taken = (server.address() as AddressInfo).port;
      if (port !== 0 && taken !== port) {
        log.warn({asked: port, taken}, `port ${port} is in use by another program: the embedded broker uses ${taken}`);
      }
      return taken;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      const reason = (cause as Error).message;
      const hint = 'Set mqtt.url to a broker, or give the embedded one a host and port that this user may listen on.';
      throw new SinkError(`mqtt: the embedded broker cannot listen on ${host}:${candidate}: ${reason}`, hint, {cause});
    }
  }
  throw new SinkError(`mqtt: the embedded broker found no free port on ${host}`, 'Set mqtt.url to a broker.');
}

function isPort(port: number): boolean {
  return port <= 65_535;
}
