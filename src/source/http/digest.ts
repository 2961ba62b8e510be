import {createHash, randomBytes} from 'node:crypto';

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

export interface DigestRequest {
  readonly method: string;
  /** Path and query. */
  readonly uri: string;
}

/** The `Authorization` header for HTTP Basic. */
export function basicAuthorization({user, password}: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/**
 * The answer to a `WWW-Authenticate: Digest` challenge with qop `auth` or none; undefined for another challenge.
 *
 * @param cnonce made up at random when absent
 * @see https://www.rfc-editor.org/rfc/rfc7616
 */
export function digestAuthorization(
  challenge: string,
  {user, password}: Credentials,
  {method, uri}: DigestRequest,
  cnonce = randomBytes(8).toString('hex'),
): string | undefined {
  if (!/^digest /i.test(challenge)) return undefined;
  const {realm = '', nonce, qop, opaque, algorithm = 'MD5'} = parameters(challenge);
  const hashName = {MD5: 'md5', 'SHA-256': 'sha256'}[algorithm.toUpperCase()];
  if (nonce === undefined || hashName === undefined) return undefined;
  const hash = (text: string) => createHash(hashName).update(text).digest('hex');
  const secret = hash(`${user}:${realm}:${password}`);
  const request = hash(`${method}:${uri}`);
  const withQop = qop !== undefined && /\bauth\b/.test(qop);
  const response = hash(
    withQop ? `${secret}:${nonce}:00000001:${cnonce}:auth:${request}` : `${secret}:${nonce}:${request}`,
  );
  return [
    `Digest username="${user.replace(/["\\]/g, '\\$&')}", realm="${realm}", nonce="${nonce}", uri="${uri}"`,
    `algorithm=${algorithm}, response="${response}"`,
    ...(withQop ? [`qop=auth, nc=00000001, cnonce="${cnonce}"`] : []),
    ...(opaque === undefined ? [] : [`opaque="${opaque}"`]),
  ].join(', ');
}

function parameters(challenge: string): Record<string, string | undefined> {
  const pairs = challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g);
  return Object.fromEntries([...pairs].map(([, name, quoted, plain]) => [name?.toLowerCase(), quoted ?? plain]));
}
