import {type Fault, fault} from './outcome.ts';

interface Place {
  readonly host: string;
  readonly port: number;
  /** Leads keys in remedies: `delegates.server`. */
  readonly key: string;
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
const unreachable = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'ETIMEDOUT']);

/** A network error in plain words. */
export function faultOf(error: unknown, place: Place): Fault {
  const {host, port, key} = place;
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') {
    return fault(`nothing listens at ${host}:${port}`, `Start the server, or correct ${key}.url.`, true);
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fault(
      `no address is known for the name ${host}`,
      `Check the network and its name server, or correct ${key}.url.`,
    );
  }
  if (unreachable.has(code)) {
    return fault(`no way to ${host}: ${code}`, 'Check the network, or whether the server is switched on.', true);
  }
  if (code.startsWith('HPE_')) {
    return fault(`${host}:${port} does not answer in HTTP`, `Correct ${key}.url: its port, or https instead of http.`);
  }
  return tlsFault(error, place) ?? cutFault(code, place);
}

function tlsFault(error: unknown, {host, port, key}: Place): Fault | undefined {
  const code = codeOf(error);
  if (untrusted.has(code)) {
    return fault(
      `the certificate of ${host} is not trusted (${code})`,
      `Name the file of its authority with ${key}.tls.caFile.`,
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return fault(`the certificate of ${host} is for another name`, `Give the name in it with ${key}.tls.serverName.`);
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return fault(
      `the certificate of ${host} is not valid now (${code})`,
      'Renew it, and check the clock of this device.',
    );
  }
  if (/wrong.version.number|packet.length.too.long/i.test(messageOf(error))) {
    return fault(`${host}:${port} does not speak TLS`, `Use http:// in ${key}.url, or the port for https.`);
  }
  if (code === 'EPROTO' || /^ERR_(SSL|TLS|OSSL)_/.test(code)) {
    const remedy = `Check ${key}.tls: whether the server wants a certificate (certFile, keyFile), and which it takes.`;
    return fault(`${host}:${port} broke off the TLS handshake (${code})`, remedy);
  }
  return undefined;
}

function cutFault(code: string, {host, port}: Place): Fault {
  const what = code === '' ? '' : ` (${code})`;
  return fault(`${host}:${port} cut the connection${what}`, 'Read the log of the server: it may have crashed.', true);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function codeOf(error: unknown): string {
  const code = (error as {readonly code?: unknown} | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
