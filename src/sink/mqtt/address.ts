import {readFile} from 'node:fs/promises';
import type {IClientOptions} from 'mqtt';
import {ConfigError, SinkError} from '../../error/errors.ts';
import type {MqttOptions} from './options.ts';

/** Where a broker is, without secrets. */
export interface BrokerAddress {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  readonly host: string;
  readonly port: number;
  /** WebSocket path; `/` when absent. */
  readonly path: string;
  readonly username?: string;
  readonly password?: string;
}

const protocols: Readonly<Record<string, BrokerAddress['protocol']>> = {
  'mqtt:': 'mqtt',
  'tcp:': 'mqtt',
  'mqtts:': 'mqtts',
  'tls:': 'mqtts',
  'ssl:': 'mqtts',
  'ws:': 'ws',
  'wss:': 'wss',
};
const defaultPorts = {mqtt: 1883, mqtts: 8883, ws: 80, wss: 443} as const;

/** @throws {ConfigError} not a broker's URL */
export function parseBrokerUrl(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const protocol = protocols[url?.protocol ?? ''];
  if (url === undefined || protocol === undefined || url.hostname === '') {
    throw new ConfigError(
      `mqtt.url: expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT], got ${redactUrl(text)}`,
      'Write the address of the broker, such as mqtt://192.168.1.2:1883.',
    );
  }
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPorts[protocol] : Number(url.port),
    path: `${url.pathname || '/'}${url.search}`,
    ...(url.username === '' ? {} : {username: decodeURIComponent(url.username)}),
    ...(url.password === '' ? {} : {password: decodeURIComponent(url.password)}),
  };
}

/** The URL for people and logs: user and password replaced by `***`. */
export function redactUrl(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/?#]*@/i, '$1***@');
}

async function readSecret(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const hint = `Make ${path} readable for Dunlin, or correct mqtt.${key}.`;
    throw new SinkError(`mqtt: cannot read ${key} ${path}: ${reason}`, hint, {cause});
  }
}

function fromEnvironment(key: string, name: string): string {
  const value = process.env[name];
  if (value !== undefined) return value;
  throw new SinkError(
    `mqtt: ${key} names the environment variable ${name}, which is not set`,
    `Set ${name} in Dunlin's environment, or correct mqtt.${key}.`,
  );
}

async function textSecret(options: MqttOptions, kind: 'username' | 'password'): Promise<string | undefined> {
  const file = options[`${kind}File`];
  // Editors and `echo` end a file with a line break that is no part of the secret.
  if (file !== undefined) return (await readSecret(`${kind}File`, file)).toString('utf8').replace(/\r?\n$/, '');
  const name = options[`${kind}Env`];
  return name === undefined ? undefined : fromEnvironment(`${kind}Env`, name);
}

async function tlsOptions(tls: MqttOptions['tls']): Promise<IClientOptions> {
  const [ca, cert, key] = await Promise.all(
    (['ca', 'cert', 'key'] as const).map(async name => {
      const path = tls[name];
      return path === undefined ? undefined : await readSecret(`tls.${name}`, path);
    }),
  );
  return {
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(ca && {ca}),
    ...(cert && {cert}),
    ...(key && {key}),
    ...(tls.servername !== undefined && {servername: tls.servername}),
  };
}

/**
 * What MQTT.js needs to reach the broker: address, credentials and certificates, read from their files anew at each
 * call, so that a renewed certificate or password is used from the next attempt on.
 *
 * @throws {SinkError} a file or environment variable is missing
 * @throws {ConfigError} not a broker's URL
 */
export async function connectionOptions(options: MqttOptions & {readonly url: string}): Promise<IClientOptions> {
  const {protocol, host, port, path, ...fromUrl} = parseBrokerUrl(options.url);
  const username = options.username ?? (await textSecret(options, 'username')) ?? fromUrl.username;
  const password = (await textSecret(options, 'password')) ?? fromUrl.password;
  const secure = protocol === 'mqtts' || protocol === 'wss';
  return {
    protocol,
    host,
    port,
    ...(protocol.startsWith('ws') && {path}),
    ...(username !== undefined && {username}),
    ...(password !== undefined && {username: username ?? '', password}),
    ...(secure && (await tlsOptions(options.tls))),
  };
}
