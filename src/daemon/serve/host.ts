import type {Keeper} from '../../engine/keeper.ts';
import {InputError, RunError} from '../../error/errors.ts';
import type {WireMessage} from '../../http/served-model.ts';
import {tensorMetadata} from '../../kserve/metadata.ts';
import type {Model} from '../../model/model.ts';
import {remembers} from '../../model/remembers.ts';
import {loadVariants, type ModelVariants} from '../../model/variants.ts';
import type {DeviceHosts} from '../../native/host/contract.ts';
import {openDelegateTable} from '../delegates.ts';
import {connectHosts} from '../hosts-port.ts';
import {keepModel} from '../keep-model.ts';
import {openModel} from '../open-model.ts';
import {workerLog} from '../worker-log.ts';
import {type AnswerParts, answerRequest} from './answer.ts';
import {distinctNames} from './names.ts';
import type {ServedMessage, ServedSpec, ServedStart} from './protocol.ts';
import {IndependentRuns, type Runner} from './runner.ts';

type Post = (message: ServedMessage, transfer?: ArrayBuffer[]) => void;

/** What clients are told the model's file is. */
const platforms = {tflite: 'tensorflow_lite', onnx: 'onnxruntime_onnx'} as const;

/** One served model, open, inside its worker thread. */
export class ServedModelHost {
  private readonly parts: AnswerParts;
  private readonly runs: IndependentRuns;
  private readonly post: Post;

  private constructor(parts: AnswerParts, runs: IndependentRuns, post: Post) {
    this.parts = parts;
    this.runs = runs;
    this.post = post;
  }

  /** Opens the model and tells the main thread what it is. @throws {DunlinError} it cannot be opened */
  static async open({spec, hosts}: ServedStart, post: Post): Promise<ServedModelHost> {
    const {path, ...extra} = spec.model;
    const models = await loadVariants(path, extra);
    const model = models.primary;
    const context = {hosts: connectHosts(hosts), post};
    const open = remembers(model) ? sessionOpener(models, spec, context) : keeperOpener(models, spec, context);
    const runs = new IndependentRuns(model, open);
    const {inputs, outputs} = await runs.runner;
    const parts: AnswerParts = {
      name: spec.name,
      version: model.version,
      run: fill => runs.run(fill),
      inputs: distinctNames(inputs, 'input'),
      outputs: distinctNames(outputs, 'output'),
      optional: stateInputs(model),
    };
    const facts = {
      version: model.version,
      platform: platforms[model.format],
      inputs: parts.inputs.map(tensorMetadata),
      outputs: parts.outputs.map(tensorMetadata),
    };
    post({kind: 'ready', facts});
    return new ServedModelHost(parts, runs, post);
  }

  /** Answers one request, with a refusal if need be. @throws {Error} the model cannot go on */
  async infer(id: number, request: WireMessage): Promise<void> {
    try {
      const answer = await answerRequest(this.parts, request);
      this.post({kind: 'answer', id, answer}, [answer.body]);
      this.runs.renew();
    } catch (error) {
      if (!(error instanceof InputError || error instanceof RunError)) throw error;
      const status = error instanceof InputError ? 400 : 500;
      this.post({kind: 'refused', id, status, message: `${error.message}. ${error.hint}`});
    }
  }

  close(): Promise<void> {
    return this.runs.close();
  }
}

interface OpenContext {
  readonly hosts: DeviceHosts;
  readonly post: Post;
}

/**
 * Opens the model on the best place of its order as it is: a keeper's warm-up would leave its mark on a model that
 * remembers. Every request opens anew, and so leaves a lost device too.
 */
function sessionOpener(models: ModelVariants, spec: ServedSpec, {hosts, post}: OpenContext): () => Promise<Runner> {
  const log = workerLog(post, {served: spec.name});
  const table = openDelegateTable({settings: spec.delegateSettings, hosts, log});
  return async () => {
    const {session} = await openModel(models, {...spec, table, log});
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      async run(fill) {
        fill(session.inputs);
        return (await session.run()).outputs;
      },
      close: () => session.close(),
    };
  };
}

/** Opens the model as pipelines do, on a keeper that changes the delegate where one is lost. */
function keeperOpener(models: ModelVariants, spec: ServedSpec, {hosts, post}: OpenContext): () => Promise<Runner> {
  const log = workerLog(post, {served: spec.name});
  let stranded: string | undefined;
  return async () => {
    const ending = new AbortController();
    const changed = () => {
      const reason = keeper?.stranded;
      if (reason !== stranded) post({kind: 'stranded', reason});
      stranded = reason;
    };
    let keeper: Keeper | undefined;
    keeper = await keepModel(models, spec, {hosts, log, changed}, ending.signal);
    const {session, delegate, device, why} = keeper.placement;
    log.debug({delegate, device: device.id, engine: session.engine, why}, 'model opened');
    return {
      inputs: session.inputs,
      outputs: session.outputs,
      async run(fill) {
        const ran = await keeper.runFilled(fill);
        if (ran === undefined) throw new RunError(`${spec.name}: closed while no delegate worked`, 'Try again.');
        return ran.result.outputs;
      },
      async close() {
        ending.abort();
        await keeper.close();
      },
    };
  };
}

/** Inputs that carry state from run to run; for clients every run starts anew unless they send the state themselves. */
function stateInputs({manifest}: Model): ReadonlySet<number> {
  const fed = manifest.outputs.flatMap(({role, feeds}) => (role === 'state' && feeds !== undefined ? [feeds] : []));
  return new Set(fed);
}
