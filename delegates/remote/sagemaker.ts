import type {SageMakerRuntimeClient} from '@aws-sdk/client-sagemaker-runtime';
import type {DelegateContext, Device, Problem} from '../../src/delegate/contract.ts';
import {DunlinError} from '../../src/error/errors.ts';
import {awsOutcome, noCredentials} from './aws-faults.ts';
import {leftMs} from './deadline.ts';
import type {RemoteOptions} from './options.ts';
import {type Answer, fault, type Outcome} from './outcome.ts';
import {optionalPackage} from './packages.ts';
import type {InferCall, RemoteServer} from './server.ts';
import {readTls} from './tls.ts';

/** Binary tensors as Triton on SageMaker takes and gives them: the length of the JSON stands in the content type. */
const binaryType = 'application/vnd.sagemaker-triton.binary+json;json-header-size=';

/** An endpoint of Amazon SageMaker whose container takes KServe v2 requests, such as Triton. */
export class SagemakerServer implements RemoteServer {
  readonly id: string;
  readonly software = 'sagemaker';
  /** An endpoint that scales up, or loads a model of several, takes its time. */
  readonly firstRunMs = 60_000;
  takesBinary: boolean | undefined;
  readonly #options: RemoteOptions;
  readonly #key: string;
  #client: Promise<SageMakerRuntimeClient> | undefined;

  constructor(options: RemoteOptions, {name}: DelegateContext) {
    this.#options = options;
    this.#key = `delegates.${name}`;
    this.id = options.endpointName!;
    this.takesBinary = options.binary === 'auto' ? undefined : options.binary === 'always';
  }

  /** AWS offers no cheap question about readiness: this checks what is needed here. */
  async probe(): Promise<Device> {
    const problem = await this.#problem();
    return {
      id: this.id,
      name: `SageMaker endpoint ${this.id}`,
      ...(problem === undefined ? {} : {problem}),
      facts: this.#options.targetModel === undefined ? {} : {model: this.#options.targetModel},
    };
  }

  async describe(): Promise<undefined> {
    return undefined;
  }

  async infer(_model: string, call: InferCall): Promise<Outcome> {
    const {InvokeEndpointCommand} = await this.#sdk();
    const client = await this.#connect();
    const {endpointName, targetModel} = this.#options;
    const {headerLength, parts} = call.body;
    try {
      const {Body, ContentType} = await client.send(
        new InvokeEndpointCommand({
          EndpointName: endpointName!,
          ContentType: headerLength === undefined ? 'application/json' : `${binaryType}${headerLength}`,
          Body: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
          ...(targetModel === undefined ? {} : {TargetModel: targetModel}),
        }),
        {abortSignal: AbortSignal.timeout(Math.ceil(leftMs(call.deadline)))},
      );
      return toOutcome(Body ?? new Uint8Array(0), ContentType, call.memory.most);
    } catch (error) {
      const {hostname, port} = new URL(this.#options.url ?? 'https://runtime.sagemaker');
      return awsOutcome(error, {
        host: hostname,
        port: Number(port || 443),
        key: this.#key,
        timeoutMs: call.deadline.ms,
      });
    }
  }

  redact(text: string): string {
    return text;
  }

  async #problem(): Promise<Problem | undefined> {
    try {
      const {config} = await this.#connect();
      await config.region();
      await config.credentials();
      return undefined;
    } catch (error) {
      if (error instanceof DunlinError) return {reason: error.message, remedy: error.hint};
      if (/region is missing/i.test((error as Error).message)) {
        return {reason: 'no AWS region is set', remedy: `Set ${this.#key}.region, or AWS_REGION.`};
      }
      const {reason, remedy} = noCredentials((error as Error).message);
      return {reason, remedy};
    }
  }

  #connect(): Promise<SageMakerRuntimeClient> {
    this.#client ??= this.#createClient().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #createClient(): Promise<SageMakerRuntimeClient> {
    const {SageMakerRuntimeClient} = await this.#sdk();
    const {url, region, connectTimeoutMs} = this.#options;
    return new SageMakerRuntimeClient({
      ...(region === undefined ? {} : {region}),
      ...(url === undefined ? {} : {endpoint: url}),
      maxAttempts: 1,
      requestHandler: {
        connectionTimeout: connectTimeoutMs,
        httpAgent: {keepAlive: true},
        httpsAgent: {keepAlive: true, ...(await readTls(this.#options, this.#key))},
      },
    });
  }

  #sdk() {
    const name = '@aws-sdk/client-sagemaker-runtime';
    return optionalPackage(this.#key, name, () => import('@aws-sdk/client-sagemaker-runtime'));
  }
}

function toOutcome(body: Uint8Array, contentType: string | undefined, most: number): Outcome {
  if (body.byteLength > most) {
    return fault(`answered with more than ${most} bytes`, 'Check that the endpoint runs the same model.');
  }
  const answer: Answer = {kind: 'answer', status: 200, body};
  const type = contentType?.replaceAll(' ', '');
  return type?.startsWith(binaryType) ? {...answer, headerLength: type.slice(binaryType.length)} : answer;
}
