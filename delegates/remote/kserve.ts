import {performance} from 'node:perf_hooks';
import type {DelegateContext, Device, Problem} from '../../src/delegate/contract.ts';
import {DelegateUnavailableError, DunlinError, InputError} from '../../src/error/errors.ts';
import {headerLengthName} from '../../src/kserve/body.ts';
import {decodeError} from '../../src/kserve/errors.ts';
import {decodeModelMetadata, type ModelMetadata} from '../../src/kserve/metadata.ts';
import {deadlineIn} from './deadline.ts';
import {HttpClient} from './http.ts';
import type {RemoteOptions} from './options.ts';
import type {Answer, Outcome} from './outcome.ts';
import {ReceiveMemory} from './receive.ts';
import {SecretHeaders} from './secrets.ts';
import type {InferCall, RemoteServer} from './server.ts';
import {readTls} from './tls.ts';

/** Answers to questions about the server or a model. */
const mostAnswerBytes = 1024 * 1024;
/** Until two runs have shown how long they take: the first ones may load the model. */
const firstRunMs = 10_000;

/** A server of the Open Inference Protocol (KServe v2): Triton, OpenVINO Model Server, MLServer, another Dunlin. */
export class KserveServer implements RemoteServer {
  readonly id: string;
  readonly firstRunMs = firstRunMs;
  takesBinary: boolean | undefined;
  readonly #options: RemoteOptions;
  readonly #key: string;
  readonly #secrets: SecretHeaders;
  readonly #client: HttpClient;
  #software: string | undefined;

  constructor(options: RemoteOptions, {name}: DelegateContext) {
    const key = `delegates.${name}`;
    this.#options = options;
    this.#key = key;
    this.#secrets = new SecretHeaders(options, key);
    this.#client = new HttpClient({
      url: new URL(options.url!),
      key,
      connectTimeoutMs: options.connectTimeoutMs,
      tls: () => readTls(options, key),
    });
    this.id = `${this.#client.host.includes(':') ? `[${this.#client.host}]` : this.#client.host}:${this.#client.port}`;
    this.takesBinary = options.binary === 'auto' ? undefined : options.binary === 'always';
  }

  get software(): string {
    return this.#software ?? 'kserve v2';
  }

  redact(text: string): string {
    return this.#secrets.redact(text);
  }

  async probe(): Promise<Device> {
    const startedAt = performance.now();
    const problem = await this.#problem();
    const roundTrip = `${(performance.now() - startedAt).toFixed(1)} ms`;
    if (problem === undefined) await this.#introduce();
    const name = this.#software === undefined ? `model server at ${this.id}` : `${this.#software} at ${this.id}`;
    const facts = {url: this.#options.url!, ...(problem === undefined ? {'round trip': roundTrip} : {})};
    return {id: this.id, name, ...(problem === undefined ? {} : {problem}), facts};
  }

  async describe(model: string): Promise<ModelMetadata> {
    const path = this.#modelPath(model);
    const ready = await this.#ask(`${path}/ready`);
    const problem = this.#modelProblem(ready, model);
    if (problem !== undefined) throw this.#unavailable(problem);
    const told = await this.#ask(path);
    const refusal = this.#modelProblem(told, model);
    if (refusal !== undefined) throw this.#unavailable(refusal);
    try {
      return decodeModelMetadata((told as Answer).body);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const reason = `${this.id} answered garbage about the model ${model}: ${error.message}`;
      throw this.#unavailable({reason, remedy: `Check that ${this.#key}.url is a KServe v2 server.`});
    }
  }

  async infer(model: string, {body, deadline, memory}: InferCall): Promise<Outcome> {
    const {headerLength} = body;
    const type = headerLength === undefined ? 'application/json' : 'application/octet-stream';
    const outcome = await this.#client.call({
      method: 'POST',
      path: `${this.#modelPath(model)}/infer`,
      headers: {
        ...(await this.#secrets.read()),
        'content-type': type,
        ...(headerLength === undefined ? {} : {[headerLengthName]: String(headerLength)}),
      },
      body,
      deadline,
      memory,
    });
    if (outcome.kind === 'answer' && outcome.status === 401) this.#secrets.forget();
    return outcome;
  }

  #modelPath(model: string): string {
    const {version} = this.#options;
    const versions = version === undefined ? '' : `/versions/${encodeURIComponent(version)}`;
    return `/v2/models/${encodeURIComponent(model)}${versions}`;
  }

  async #ask(path: string): Promise<Outcome> {
    const outcome = await this.#client.call({
      method: 'GET',
      path,
      headers: {...(await this.#secrets.read()), accept: 'application/json'},
      deadline: deadlineIn(this.#options.connectTimeoutMs),
      memory: new ReceiveMemory(mostAnswerBytes),
    });
    if (outcome.kind === 'answer' && outcome.status === 401) this.#secrets.forget();
    return outcome;
  }

  /** What keeps the server from being used. */
  async #problem(): Promise<Problem | undefined> {
    try {
      const path = '/v2/health/ready';
      const ready = await this.#ask(path);
      const {model} = this.#options;
      const problem = this.#serverProblem(ready, path);
      if (model === undefined || (problem !== undefined && !isWaiting(ready))) return problem;
      return this.#modelProblem(await this.#ask(`${this.#modelPath(model)}/ready`), model);
    } catch (error) {
      if (!(error instanceof DunlinError)) throw error;
      return {reason: error.message, remedy: error.hint};
    }
  }

  #serverProblem(outcome: Outcome, path: string): Problem | undefined {
    const common = this.#commonProblem(outcome);
    if (common !== undefined || outcome.kind === 'fault') return common;
    const {status} = outcome;
    if (status === 404) {
      return {
        reason: `${this.id} has no ${this.#client.fullPath(path)}: it does not speak KServe v2 there`,
        remedy: `Correct ${this.#key}.url: the part before /v2 belongs to it.`,
      };
    }
    if (status === 200 && !saysNo(outcome.body)) return undefined;
    return {
      reason: `${this.id} is not ready yet (status ${status})`,
      remedy: `Wait until all its models are loaded, or name the one that counts with ${this.#key}.model.`,
    };
  }

  /** Servers answer 404 or 400 for a model that they lack, and 400, 503 or {"ready": false} for one that is loading. */
  #modelProblem(outcome: Outcome, model: string): Problem | undefined {
    const common = this.#commonProblem(outcome);
    if (common !== undefined || outcome.kind === 'fault') return common;
    const {status, body} = outcome;
    if (status === 200 && !saysNo(body)) return undefined;
    const version = this.#options.version === undefined ? '' : ` version ${this.#options.version}`;
    const said = decodeError(body);
    const words = said === undefined ? `status ${status}` : `status ${status}: ${this.redact(said)}`;
    return {
      reason: `the model ${model}${version} is not ready on ${this.id} (${words})`,
      remedy: `Load it on the server, or correct ${this.#key}.model.`,
    };
  }

  /** What is wrong whatever the question was. */
  #commonProblem(outcome: Outcome): Problem | undefined {
    if (outcome.kind === 'fault') return {reason: outcome.reason, remedy: outcome.remedy};
    const {status, location} = outcome;
    if (status === 401 || status === 403) {
      return {
        reason: `${this.id} refuses us (status ${status})`,
        remedy: `Give it a valid token with ${this.#key}.bearerTokenFile, or a certificate with ${this.#key}.tls.`,
      };
    }
    if (status >= 300 && status < 400) {
      const target = location === undefined ? 'elsewhere' : this.redact(location).slice(0, 200);
      return {
        reason: `${this.id} sends us ${target} (status ${status})`,
        remedy: `Write that address as ${this.#key}.url.`,
      };
    }
    return undefined;
  }

  /** Asks the server what it is, once. */
  async #introduce(): Promise<void> {
    if (this.#software !== undefined) return;
    const outcome = await this.#ask('/v2');
    if (outcome.kind !== 'answer' || outcome.status !== 200) return;
    const {name, version, extensions} = parse(outcome.body);
    if (typeof name === 'string')
      this.#software = `${name} ${typeof version === 'string' ? version : ''}`.trim().slice(0, 80);
    if (Array.isArray(extensions) && extensions.includes('binary_tensor_data')) this.takesBinary ??= true;
  }

  #unavailable({reason, remedy}: Problem): DelegateUnavailableError {
    return new DelegateUnavailableError(`remote: ${reason}`, remedy);
  }
}

/** A server that answers is not ready as long as any of its models is not; ours may be. */
function isWaiting(outcome: Outcome): boolean {
  return outcome.kind === 'answer' && [200, 400, 503].includes(outcome.status);
}

/** Bodies are empty or {"ready": true} where all is well. */
function saysNo(body: Uint8Array): boolean {
  return parse(body).ready === false;
}

/** No object is no news. */
function parse(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return {...JSON.parse(Buffer.from(body).toString())};
  } catch {
    return {};
  }
}
