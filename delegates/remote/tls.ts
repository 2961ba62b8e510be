import {readFile} from 'node:fs/promises';
import type {SecureContextOptions} from 'node:tls';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {RemoteOptions} from './options.ts';

export type TlsSettings = SecureContextOptions & {rejectUnauthorized: boolean; servername?: string};

/** @throws {DelegateUnavailableError} a file cannot be read */
export async function readTls({tls}: RemoteOptions, key: string): Promise<TlsSettings> {
  const {caFile, certFile, keyFile, serverName, insecure} = tls;
  return {
    rejectUnauthorized: !insecure,
    ...(serverName === undefined ? {} : {servername: serverName}),
    ...(caFile === undefined ? {} : {ca: await read(`${key}.tls.caFile`, caFile)}),
    ...(certFile === undefined ? {} : {cert: await read(`${key}.tls.certFile`, certFile)}),
    ...(keyFile === undefined ? {} : {key: await read(`${key}.tls.keyFile`, keyFile)}),
  };
}

async function read(key: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const hint = `Make the file readable for Dunlin, or correct ${key}.`;
    throw new DelegateUnavailableError(`${key}: cannot read ${file}: ${reason}`, hint, {cause});
  }
}
