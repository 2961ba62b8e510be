import http, {type IncomingMessage} from 'node:http';
import https from 'node:https';
import {SourceError} from '../../error/errors.ts';
import {percentDecoded} from '../redact.ts';
import {basicAuthorization, type Credentials, digestAuthorization} from './digest.ts';

const maxRedirects = 5;

export interface RequestOptions {
  /** The source's name, for messages. */
  readonly where: string;
  readonly tlsVerify: boolean;
  readonly signal: AbortSignal;
}

/**
 * Gets a camera's URL: user and password of the URL as Basic or Digest, redirects followed (credentials stay with their
 * host).
 *
 * @returns a response of status 200, its body not yet read
 * @throws {SourceError} unreachable, or another status
 */
export async function requestStream(url: URL, options: RequestOptions): Promise<IncomingMessage> {
  const credentials = credentialsOf(url);
  let target = url;
  let authorization = credentials && basicAuthorization(credentials);
  let answered = false;
  for (let redirects = 0; redirects <= maxRedirects; ) {
    const response = await request(target, authorization, options);
    if (response.statusCode === 200) return response;
    response.destroy();
    const challenge = response.headers['www-authenticate'];
    if (response.statusCode === 401 && challenge !== undefined && credentials !== undefined && !answered) {
      answered = true;
      authorization = digestAuthorization(challenge, credentials, {
        method: 'GET',
        uri: target.pathname + target.search,
      });
      if (authorization !== undefined) continue;
    }
    const {location} = response.headers;
    if (location === undefined || (response.statusCode ?? 0) < 300 || (response.statusCode ?? 0) >= 400) {
      throw refused(options.where, response);
    }
    redirects += 1;
    target = redirected(location, target, options.where);
    if (target.host !== url.host) authorization = undefined;
  }
  throw new SourceError(`${options.where}: more than ${maxRedirects} redirects`, 'Check the address.');
}

function request(url: URL, authorization: string | undefined, options: RequestOptions): Promise<IncomingMessage> {
  const {where, tlsVerify, signal} = options;
  const headers = {
    Accept: 'multipart/x-mixed-replace, image/jpeg',
    ...(authorization && {Authorization: authorization}),
  };
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(new SourceError(`${where}: ${cause.message}`, 'Check that the camera can be reached.', {cause}));
    try {
      const sent =
        bare.protocol === 'https:'
          ? https.get(bare, {headers, signal, agent: false, rejectUnauthorized: tlsVerify})
          : http.get(bare, {headers, signal, agent: false});
      sent.once('error', fail).once('response', resolve);
    } catch (error) {
      fail(error as Error);
    }
  });
}

function credentialsOf({username, password}: URL): Credentials | undefined {
  if (username === '' && password === '') return undefined;
  return {user: percentDecoded(username), password: percentDecoded(password)};
}

function redirected(location: string, from: URL, where: string): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (target?.protocol === 'http:' || target?.protocol === 'https:') return target;
  throw new SourceError(`${where}: redirected to something that is not http(s)`, 'Check the address.');
}

function refused(where: string, {statusCode, statusMessage}: IncomingMessage): SourceError {
  const denied = statusCode === 401 || statusCode === 403;
  return new SourceError(
    `${where}: HTTP ${statusCode} ${statusMessage ?? ''}`.trimEnd(),
    denied ? 'Put user and password into the URL: http://USER:PASSWORD@HOST/PATH.' : 'Check the address.',
  );
}
