import type {Delegate, Device, Home, RunResult, Session} from '../../src/delegate/contract.ts';
import type {DelegateTable} from '../../src/delegate/registry.ts';
import {Keeper, type KeeperOptions, type Ran} from '../../src/engine/keeper.ts';
import {defaultFailover, type FailoverOptions} from '../../src/engine/options.ts';
import {UsageError} from '../../src/error/errors.ts';
import type {Frame} from '../../src/image/frame.ts';
import type {FrameInput} from '../../src/image/input.ts';
import type {Model} from '../../src/model/model.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';
import {type KeptLog, keepLog} from '../helpers/log.ts';
import {FakeClock} from './fake-clock.ts';

type Script = () => unknown;

/** A delegate that does as a test tells it: throw, wait, answer. */
export class ScriptedDelegate implements Delegate {
  readonly id: string;
  readonly home: Home;
  devices: Device[] = [{id: '0', name: 'scripted'}];
  readonly sessions: ScriptedSession[] = [];
  /** Steps before the devices are told, or a session is there. */
  onProbe: Script = () => {};
  onOpen: Script = () => {};
  /** Steps of every run: with a frame, and on zeros. */
  onRun: Script = () => {};
  onWarmUp: Script = () => {};
  onClose: Script = () => {};
  unsupported: string | undefined;
  opens = 0;
  probes = 0;

  constructor(id: string, home: Home = 'isolated') {
    this.id = id;
    this.home = home;
  }

  async probe(): Promise<readonly Device[]> {
    this.probes++;
    await this.onProbe();
    return this.devices;
  }

  async absence() {
    return {reason: `no ${this.id} is plugged in`, remedy: 'Plug it in.'};
  }

  unsupportedReason(): string | undefined {
    return this.unsupported;
  }

  async open(_model: Model, device: Device): Promise<Session> {
    this.opens++;
    await this.onOpen();
    const session = new ScriptedSession(this, device.id);
    this.sessions.push(session);
    return session;
  }

  get openSessions(): number {
    return this.sessions.filter(({closed}) => !closed).length;
  }
}

export class ScriptedSession implements Session {
  readonly engine = 'scripted 1';
  readonly inputs: readonly Tensor[] = [{name: 'in', dtype: 'uint8', shape: [1], data: new Uint8Array([7])}];
  readonly outputs = [];
  readonly device: string;
  readonly frames: number[] = [];
  warmUps = 0;
  closed = false;
  readonly #delegate: ScriptedDelegate;

  constructor(delegate: ScriptedDelegate, device: string) {
    this.#delegate = delegate;
    this.device = device;
  }

  async run(picture?: FrameInput): Promise<RunResult> {
    if (picture === undefined) this.warmUps++;
    await (picture === undefined ? this.#delegate.onWarmUp() : this.#delegate.onRun());
    if (picture !== undefined) this.frames.push(picture.frame.sequence);
    const outputs: Tensor[] = [{name: 'out', dtype: 'uint8', shape: [1], data: new Uint8Array(1)}];
    return {outputs, timing: {decodeMs: 0, preprocessMs: 0, runMs: 1}};
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.#delegate.onClose();
  }
}

export interface Kept {
  readonly keeper: Keeper;
  readonly clock: FakeClock;
  readonly log: KeptLog;
  readonly stop: AbortController;
  /** Runs the next frame; numbers count from 1. */
  frame(): Promise<Ran | undefined>;
  /** Runs the next frame. @returns the delegate that did it */
  place(): Promise<string | undefined>;
}

const picture = {index: 0, input: {}} as unknown as NonNullable<Model['image']>;
export const someModel = {
  path: 'some.tflite',
  header: {edgetpuCompiled: false, operators: []},
  bytes: new Uint8Array(1000),
  image: picture,
  manifest: {outputs: []},
} as unknown as Model;

export interface KeepOptions {
  readonly order?: readonly string[];
  readonly optional?: readonly string[];
  readonly policy?: Partial<FailoverOptions>;
  readonly model?: Model;
  readonly memoryBytes?: number;
  readonly clock?: FakeClock;
  readonly changed?: () => void;
}

/** A keeper over scripted delegates, in the order given unless told otherwise. */
export async function keep(delegates: readonly ScriptedDelegate[], options: KeepOptions = {}): Promise<Kept> {
  const {clock = new FakeClock(), model = someModel, memoryBytes = 2 ** 33} = options;
  const log = keepLog();
  const stop = new AbortController();
  const keeper = await Keeper.start(
    {
      ...keeperParts(delegates, model),
      order: options.order ?? delegates.map(({id}) => id),
      optional: new Set(options.optional),
      policy: {...defaultFailover, ...options.policy},
      clock,
      log,
      memory: async () => ({totalBytes: memoryBytes, availableBytes: memoryBytes}),
      changed: options.changed ?? (() => {}),
    },
    stop.signal,
  );
  let sequence = 0;
  const frame = () => keeper.run({sequence: ++sequence} as Frame);
  return {keeper, clock, log, stop, frame, place: async () => (await frame())?.opened.delegate};
}

function keeperParts(
  delegates: readonly ScriptedDelegate[],
  model: Model,
): Pick<KeeperOptions, 'models' | 'table' | 'session' | 'prove'> {
  const table: DelegateTable = {
    names: delegates.map(({id}) => id),
    async load(name) {
      const found = delegates.find(({id}) => id === name);
      if (found === undefined) throw new UsageError(`delegate: there is none called "${name}"`, 'Use another.');
      return found;
    },
  };
  const session = {threads: 1, xnnpack: true, log: keepLog()};
  return {models: {primary: model, for: () => model}, table, session, prove: async () => {}};
}
