import {createHash, timingSafeEqual} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {ConfigError} from '../error/errors.ts';
import {isLoopback} from './loopback.ts';
import {type HttpOptions, minTokenLength} from './options.ts';

const writeOne = 'Write one with `openssl rand -hex 32`.';

/**
 * The token that clients must send; undefined when none is asked for.
 *
 * @throws {ConfigError} it cannot be read or is too short, or there is none and other machines could reach the server
 */
export async function readToken({host, tokenFile, tokenEnv}: HttpOptions): Promise<string | undefined> {
  const token = tokenFile === undefined ? fromEnvironment(tokenEnv) : await fromFile(tokenFile);
  if (token === undefined) {
    if (isLoopback(host)) return undefined;
    throw new ConfigError(
      `http.host: ${host} can be reached from other machines, and there is no token`,
      `Give http.tokenFile or http.tokenEnv, or listen on 127.0.0.1. ${writeOne}`,
    );
  }
  const where = tokenFile === undefined ? `http.tokenEnv: ${tokenEnv}` : `http.tokenFile: ${tokenFile}`;
  if (token.length < minTokenLength || !/^[\x21-\x7e]+$/.test(token)) {
    throw new ConfigError(
      `${where}: expected at least ${minTokenLength} visible ASCII characters on one line, got ${token.length} characters`,
      writeOne,
    );
  }
  return token;
}

async function fromFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException;
    throw new ConfigError(
      `http.tokenFile: ${path} cannot be read (${code})`,
      'Make it readable for Dunlin, or correct http.tokenFile.',
      {cause},
    );
  }
}

function fromEnvironment(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new ConfigError(
    `http.tokenEnv: the environment variable ${name} is not set`,
    `Set ${name} in Dunlin's environment, or correct http.tokenEnv.`,
  );
}

/** A check of `Authorization: Bearer TOKEN` whose duration tells nothing about the token. */
export function bearerCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token);
  return authorization => {
    const sent = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(sent), expected);
  };
}

/** Makes texts of any length comparable in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
