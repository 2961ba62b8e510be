import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface Certificates {
  readonly caFile: string;
  readonly otherCaFile: string;
  /** For 127.0.0.1. */
  readonly server: Certificate;
  /** For the name elsewhere.test. */
  readonly elsewhere: Certificate;
  readonly expired: Certificate;
  readonly client: Certificate;
  pem(certificate: Certificate): {readonly cert: Buffer; readonly key: Buffer};
}

/** An authority and certificates of its, in a folder that goes with the test. */
export function makeCertificates(t: ExecutionContext): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-remote-tls-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const openssl = (...args: string[]) => execFileSync('openssl', args, {cwd: folder, stdio: 'pipe'});
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (name: string): string => {
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    );
    return join(folder, `${name}.pem`);
  };
  const caFile = authority('ca');
  const otherCaFile = authority('other');
  const issue = (name: string, altName: string, days = '2'): Certificate => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${altName}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', days, '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`);
    return {certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`)};
  };
  return {
    caFile,
    otherCaFile,
    server: issue('server', 'IP:127.0.0.1'),
    elsewhere: issue('elsewhere', 'DNS:elsewhere.test'),
    expired: issue('expired', 'IP:127.0.0.1', '-1'),
    client: issue('client', 'DNS:client.test'),
    pem: ({certFile, keyFile}) => ({cert: readFileSync(certFile), key: readFileSync(keyFile)}),
  };
}
