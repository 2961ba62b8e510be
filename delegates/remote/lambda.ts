import type {DelegateContext, Device, Problem} from '../../src/delegate/contract.ts';
import {DunlinError} from '../../src/error/errors.ts';
import {headerLengthName} from '../../src/kserve/body.ts';
import {noCredentials} from './aws-faults.ts';
import {HttpClient} from './http.ts';
import type {RemoteOptions} from './options.ts';
import type {Outcome} from './outcome.ts';
import {optionalPackage} from './packages.ts';
import {SecretHeaders} from './secrets.ts';
import type {InferCall, RemoteServer} from './server.ts';
import {readTls} from './tls.ts';

const packages = '@smithy/signature-v4 @aws-sdk/credential-provider-node @aws-crypto/sha256-js';

/** Headers that make a POST to the function, signed or not. */
type Sign = (path: string, headers: Record<string, string>, body: Uint8Array) => Promise<Record<string, string>>;

/** A Lambda function behind a function URL that takes KServe v2 requests. */
export class LambdaServer implements RemoteServer {
  readonly id: string;
  readonly software = 'lambda';
  /** A function that has not run for a while starts first. */
  readonly firstRunMs = 60_000;
  takesBinary: boolean | undefined;
  readonly #options: RemoteOptions;
  readonly #key: string;
  readonly #url: URL;
  readonly #secrets: SecretHeaders;
  readonly #client: HttpClient;
  #sign: Promise<Sign> | undefined;

  constructor(options: RemoteOptions, {name}: DelegateContext) {
    const key = `delegates.${name}`;
    this.#options = options;
    this.#key = key;
    this.#url = new URL(options.url!);
    this.#secrets = new SecretHeaders(options, key);
    this.#client = new HttpClient({
      url: this.#url,
      key,
      connectTimeoutMs: options.connectTimeoutMs,
      tls: () => readTls(options, key),
    });
    this.id = this.#url.host;
    this.takesBinary = options.binary === 'auto' ? undefined : options.binary === 'always';
  }

  /** A question would start the function, and cost: this checks what is needed here. */
  async probe(): Promise<Device> {
    const problem = await this.#problem();
    const name = `Lambda function at ${this.id}`;
    return {id: this.id, name, ...(problem === undefined ? {} : {problem}), facts: {url: this.#options.url!}};
  }

  async describe(): Promise<undefined> {
    return undefined;
  }

  async infer(model: string, {body, deadline, memory}: InferCall): Promise<Outcome> {
    const {headerLength, parts} = body;
    const path = `/v2/models/${encodeURIComponent(model)}/infer`;
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    const headers = {
      ...(await this.#secrets.read()),
      'content-type': headerLength === undefined ? 'application/json' : 'application/octet-stream',
      ...(headerLength === undefined ? {} : {[headerLengthName]: String(headerLength)}),
    };
    const sign = await this.#signer();
    return this.#client.call({
      method: 'POST',
      path,
      headers: await sign(this.#client.fullPath(path), headers, bytes),
      body: {parts: [bytes], byteLength: bytes.byteLength},
      deadline,
      memory,
    });
  }

  redact(text: string): string {
    return this.#secrets.redact(text);
  }

  async #problem(): Promise<Problem | undefined> {
    try {
      await this.#secrets.read();
      const sign = await this.#signer();
      await sign('/', {}, new Uint8Array(0));
      return undefined;
    } catch (error) {
      if (error instanceof DunlinError) return {reason: error.message, remedy: error.hint};
      const {reason, remedy} = noCredentials((error as Error).message);
      return {reason, remedy};
    }
  }

  #signer(): Promise<Sign> {
    this.#sign ??= (this.#options.auth === 'none' ? unsigned() : this.#createSigner()).catch((error: unknown) => {
      this.#sign = undefined;
      throw error;
    });
    return this.#sign;
  }

  async #createSigner(): Promise<Sign> {
    const [{SignatureV4}, {defaultProvider}, {Sha256}] = await optionalPackage(this.#key, packages, () =>
      Promise.all([
        import('@smithy/signature-v4'),
        import('@aws-sdk/credential-provider-node'),
        import('@aws-crypto/sha256-js'),
      ]),
    );
    const signer = new SignatureV4({
      credentials: defaultProvider(),
      region: this.#region(),
      service: 'lambda',
      sha256: Sha256,
    });
    const {protocol, hostname, port, host} = this.#url;
    return async (path, headers, body) => {
      const place = {protocol, hostname, ...(port === '' ? {} : {port: Number(port)}), path, query: {}};
      const signed = await signer.sign({method: 'POST', ...place, headers: {...headers, host}, body});
      return signed.headers;
    };
  }

  /** A function URL reads `<id>.lambda-url.<region>.on.aws`. */
  #region(): string {
    const inUrl = /\.lambda-url\.([a-z0-9-]+)\.on\.aws$/.exec(this.#url.hostname)?.[1];
    return this.#options.region ?? inUrl ?? process.env.AWS_REGION ?? 'us-east-1';
  }
}

async function unsigned(): Promise<Sign> {
  return async (_path, headers) => headers;
}
