import {DunlinError, SinkError} from '../../error/errors.ts';

const checkTls = 'Set mqtt.tls.ca to the certificate authority of the broker, and use the name in its certificate.';
const checkAddress = 'Start the broker, or correct mqtt.url.';
const checkLogin =
  'Check mqtt.username and mqtt.passwordFile (or mqtt.passwordEnv) against the accounts of the broker.';

/** A DISCONNECT packet from the broker; only MQTT 5 has them. */
export class BrokerDisconnect extends Error {
  readonly code: number;

  constructor(code: number) {
    super('no reason given');
    this.code = code;
  }
}

/** Reason codes of CONNACK in MQTT 3.1.1 (1–5), and of CONNACK and DISCONNECT in MQTT 5 (from 128). */
const refusals: Readonly<Record<number, readonly [string, string]>> = {
  1: ['it does not speak this version of MQTT', 'Set mqtt.protocol to "auto" or to what the broker speaks.'],
  2: ['it rejects our client id', 'Set mqtt.clientId to what the broker accepts.'],
  3: ['it is not available', checkAddress],
  4: ['bad user name or password', checkLogin],
  5: ['not authorized', checkLogin],
  132: ['it does not speak this version of MQTT', 'Set mqtt.protocol to "auto" or to what the broker speaks.'],
  133: ['it rejects our client id', 'Set mqtt.clientId to what the broker accepts.'],
  134: ['bad user name or password', checkLogin],
  135: ['not authorized', checkLogin],
  137: ['it is busy', 'Wait: Dunlin keeps trying.'],
  138: ['we are banned', "Look into the broker's log."],
  139: ['it is shutting down', 'Wait: Dunlin keeps trying.'],
  141: ['it heard nothing from us in time', 'Check the network, or raise mqtt.keepaliveS.'],
  142: ['another client took over our session', 'Give each node its own name or mqtt.clientId.'],
  147: ['too many messages at once', 'Lower mqtt.maxInflight.'],
  149: ['a packet was too large', 'Raise the packet limit of the broker, or publish no snapshots.'],
  150: ['too many messages a second', 'Set mqtt.resultsPerSecond.'],
  151: ['our quota is used up', "Look into the broker's log, or set mqtt.resultsPerSecond."],
  152: ['its administrator ended the connection', "Look into the broker's log."],
  154: ['it keeps no retained messages', 'Use a broker that does: status and states are retained.'],
  155: ['it knows no QoS 1', 'Use a broker that does: events need acknowledgements.'],
  156: ['it sends us to another server', 'Correct mqtt.url.'],
  157: ['it has moved', 'Correct mqtt.url.'],
  159: ['too many connections a second', 'Wait: Dunlin keeps trying.'],
};

/** By code of Node.js, or by message where MQTT.js gives no code. */
const failures: Readonly<Record<string, readonly [string, string]>> = {
  'connack timeout': ['it takes connections but does not answer', 'Check that a broker listens there, and its log.'],
  'Keepalive timeout': ['it stopped answering', 'Check the network and the load of the broker.'],
  ECONNREFUSED: ['nothing listens there', checkAddress],
  CLOSED: [
    'it closed the connection',
    "Wait: Dunlin keeps trying. If it goes on, look into the broker's log, and give each node its own name.",
  ],
  ECONNRESET: ['it broke the connection', "Look into the broker's log; a TLS port needs mqtts:// in mqtt.url."],
  ENOTFOUND: ['the host name is unknown', checkAddress],
  EAI_AGAIN: ['the host name cannot be looked up now', 'Check the network and the name server.'],
  ETIMEDOUT: ['no answer', checkAddress],
  EHOSTUNREACH: ['the host cannot be reached', 'Check the network.'],
  ENETUNREACH: ['the network cannot be reached', 'Check the network.'],
  EPROTO: ['it does not speak TLS there', 'Use mqtt:// for a plain port, or the TLS port of the broker.'],
  ERR_SSL_WRONG_VERSION_NUMBER: [
    'it does not speak TLS there',
    'Use mqtt:// for a plain port, or the TLS port of the broker.',
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', checkTls],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew the certificate of the broker, or set the clock.'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Set the clock of this device.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', checkTls],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificate authority is unknown', checkTls],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['its certificate authority is unknown', checkTls],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its certificate authority is unknown', checkTls],
};

/** CONNACK codes that mean "try another version of MQTT". */
export function refusesVersion(error: unknown): boolean {
  const code = (error as {code?: unknown} | undefined)?.code;
  return code === 1 || code === 132;
}

/** Why a connection could not be had or was lost, in words an operator can act on. `url` carries no secrets. */
export function describeFailure(url: string, error: unknown, wasConnected = false): SinkError {
  if (error instanceof DunlinError) {
    return error instanceof SinkError ? error : new SinkError(error.message, error.hint, {cause: error});
  }
  const {code, message = String(error)} = (error ?? {}) as {code?: unknown; message?: string};
  if (typeof code === 'number') {
    const [what, hint] = refusals[code] ?? [`${message} (code ${code})`, "Look into the broker's log."];
    const verb = error instanceof BrokerDisconnect ? 'ended the connection' : 'refuses us';
    return new SinkError(`mqtt: ${url} ${verb}: ${what}`, hint, {cause: error});
  }
  const [what, hint] = failures[String(code ?? message)] ?? [message, checkAddress];
  const event = wasConnected ? 'lost the connection to' : 'no connection to';
  return new SinkError(`mqtt: ${event} ${url}: ${what}`, hint, {cause: error});
}
