import {readdirSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test, {type ExecutionContext} from 'ava';
import {cpu} from '../../delegates/cpu/index.ts';
import type {Delegate, Device, Session, SessionOptions} from '../../src/delegate/contract.ts';
import {DunlinError, InputError, RunError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import {loadModel} from '../../src/model/load.ts';
import type {Model} from '../../src/model/model.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {distance} from './distance.ts';
import {fillInputs, jpegFrame, rawFrame} from './inputs.ts';

/** A model whose results must agree with the processor's. */
export interface Golden {
  /** File that the delegate opens. */
  readonly model: string;
  /** File that the processor opens; the same unless given. */
  readonly twin?: string;
  /** Largest normalised mean squared error of any output; 0 asks for the same bytes. */
  readonly error: number;
}

export interface Subject {
  readonly delegate: Delegate;
  /** The first device unless given. */
  readonly device?: string;
  stop(): Promise<void>;
}

/** Names of the suite's checks; an exception names one. */
export type Check = 'pictures' | 'sharing' | 'leaks' | 'zero inputs' | 'closing under way';

/** One delegate under the suite. */
export interface Runner {
  readonly name: string;
  start(): Promise<Subject>;
  readonly goldens: readonly [Golden, ...Golden[]];
  /** Models that it must refuse, with a reason. */
  readonly refused: readonly string[];
  /** Checks that do not hold for it, each with the reason. They are reported as skipped. */
  readonly exceptions?: Partial<Record<Check, string>>;
  /** How often the leak check opens and closes a session. */
  readonly openings?: number;
}

const options: SessionOptions = {threads: 1, xnnpack: true, log: silentLog};
const seeds = [1, 2, 3];

/** Declares the suite's tests for one delegate. They run one after the other: the device is one. */
export function conformance(runner: Runner): void {
  let subject: Subject;
  let device: Device;
  test.before(async () => {
    subject = await runner.start();
    device = await pick(subject);
  });
  test.after.always(() => subject?.stop());

  const check = (title: string, body: (t: ExecutionContext) => Promise<void>, name?: Check) => {
    const reason = name === undefined ? undefined : runner.exceptions?.[name];
    if (reason !== undefined) test.skip(`${runner.name}: ${title} — not so: ${reason}`, body);
    else test.serial(`${runner.name}: ${title}`, body);
  };
  const open = (model: Model) => subject.delegate.open(model, device, options);
  const [first] = runner.goldens;

  check('probing twice finds the same devices, with unique ids', async t => {
    const [one, two] = [await subject.delegate.probe(), await subject.delegate.probe()];
    t.deepEqual(
      one.map(({id}) => id),
      two.map(({id}) => id),
    );
    t.is(new Set(one.map(({id}) => id)).size, one.length);
  });

  check('it says in words why there is no device', async t => {
    const {reason, remedy} = await subject.delegate.absence();
    t.regex(reason, /\w/);
    t.regex(remedy, /\w/);
  });

  for (const golden of runner.goldens) {
    check(`${fileName(golden.model)} gives what the processor gives, within ${golden.error}`, async t => {
      const model = await loadModel(golden.model);
      t.is(subject.delegate.unsupportedReason(model, device), undefined);
      const session = await open(model);
      t.teardown(() => session.close());
      for (const seed of seeds) {
        const expected = await oracle(golden.twin ?? golden.model, seed);
        await agree(t, session, seed, expected, golden.error);
      }
    });
  }

  for (const path of runner.refused) {
    check(`${fileName(path)} is refused with a reason`, async t => {
      t.regex(subject.delegate.unsupportedReason(await loadModel(path), device) ?? '', /\w+ \w+/);
    });
  }

  check(
    'inputs are zero when a session opens',
    async t => {
      const session = await open(await loadModel(first.model));
      t.teardown(() => session.close());
      for (const {data} of session.inputs) t.true(data.every(byte => byte === 0));
    },
    'zero inputs',
  );

  check(
    'a picture is decoded and fitted as on the processor; a bad one is refused and the session lives on',
    async t => {
      const model = await loadModel(first.model);
      const twin = await loadModel(first.twin ?? first.model);
      if (model.image === undefined || twin.image === undefined)
        throw new Error('the first golden must take a picture');
      const session = await open(model);
      t.teardown(() => session.close());
      const reference = await openOracle(twin);
      t.teardown(() => reference.close());
      const at = (taken: Model) => ({inputIndex: taken.image!.index, input: taken.image!.input});
      for (const frame of [await jpegFrame(), rawFrame(64, 48)]) {
        const {outputs, geometry, timing} = await session.run({frame, ...at(model)});
        const wanted = await reference.run({frame, ...at(twin)});
        t.deepEqual(geometry, wanted.geometry);
        t.true(timing.runMs > 0);
        close(t, outputs, wanted.outputs, first.error);
      }
      for (const frame of [{...rawFrame(64, 48), width: 640}, rawFrame(0, 0), cutOff(await jpegFrame())]) {
        await t.throwsAsync(session.run({frame, ...at(model)}), {instanceOf: InputError});
      }
      await agree(t, session, 1, await oracle(first.twin ?? first.model, 1), first.error);
    },
    'pictures',
  );

  check(
    'three sessions on one device do not disturb each other',
    async t => {
      const goldens = [...runner.goldens, ...runner.goldens, ...runner.goldens].slice(0, 3);
      const sessions = await Promise.all(goldens.map(async ({model}) => open(await loadModel(model))));
      t.teardown(async () => void (await Promise.all(sessions.map(session => session.close()))));
      const work = sessions.map(async (session, index) => {
        const {model, twin = model, error} = goldens[index]!;
        for (const seed of seeds) await agree(t, session, seed, await oracle(twin, seed), error);
      });
      await Promise.all(work);
    },
    'sharing',
  );

  check('a session closes twice, and then refuses to run', async t => {
    const session = await open(await loadModel(first.model));
    await session.close();
    await session.close();
    await t.throwsAsync(session.run(), {instanceOf: RunError});
  });

  check(
    'a session that is closed during a run settles both',
    async t => {
      const session = await open(await loadModel(first.model));
      const running = session.run().then(
        () => 'done',
        (error: unknown) => (error instanceof DunlinError ? 'refused' : Promise.reject(error)),
      );
      await session.close();
      t.regex(await running, /done|refused/);
    },
    'closing under way',
  );

  check(
    `${runner.openings ?? 1000} openings leave nothing behind`,
    async t => {
      const model = await loadModel(runner.goldens.at(-1)!.model);
      const cycle = async () => {
        const session = await open(model);
        await session.run();
        await session.close();
      };
      for (let warm = 0; warm < 20; warm++) await cycle();
      collectGarbage();
      const before = {files: openFiles(), rss: process.memoryUsage.rss()};
      for (let count = runner.openings ?? 1000; count > 0; count--) await cycle();
      collectGarbage();
      t.true(openFiles() <= before.files + 2, `open files: ${before.files}, then ${openFiles()}`);
      const grownMiB = (process.memoryUsage.rss() - before.rss) / 2 ** 20;
      t.true(grownMiB < 16, `resident memory grew by ${grownMiB.toFixed(1)} MiB`);
    },
    'leaks',
  );
}

async function pick({delegate, device}: Subject): Promise<Device> {
  const devices = await delegate.probe();
  const found = device === undefined ? devices[0] : devices.find(({id}) => id === device);
  if (found === undefined) throw new Error(`${delegate.id}: no device ${device ?? ''} (${JSON.stringify(devices)})`);
  return found;
}

async function agree(
  t: ExecutionContext,
  session: Session,
  seed: number,
  expected: readonly Tensor[],
  error: number,
): Promise<void> {
  fillInputs(session.inputs, seed);
  const {outputs} = await session.run();
  close(t, outputs, expected, error);
}

function close(t: ExecutionContext, actual: readonly Tensor[], expected: readonly Tensor[], error: number): void {
  t.deepEqual(
    actual.map(({shape, dtype}) => ({shape, dtype})),
    expected.map(({shape, dtype}) => ({shape, dtype})),
  );
  for (const [index, tensor] of actual.entries()) {
    const wanted = expected[index]!;
    if (error === 0) t.deepEqual(Buffer.from(tensor.data), Buffer.from(wanted.data), wanted.name);
    else t.true(distance(tensor, wanted) <= error, `${wanted.name}: ${distance(tensor, wanted)}`);
  }
}

async function openOracle(model: Model): Promise<Session> {
  const delegate = createDelegate(cpu);
  return delegate.open(model, (await delegate.probe())[0]!, options);
}

/** What the processor gives. */
async function oracle(path: string, seed: number): Promise<readonly Tensor[]> {
  const session = await openOracle(await loadModel(path));
  fillInputs(session.inputs, seed);
  const {outputs} = await session.run();
  const kept = outputs.map(tensor => ({...tensor, data: tensor.data.slice()}));
  await session.close();
  return kept;
}

function cutOff(frame: Awaited<ReturnType<typeof jpegFrame>>) {
  return {...frame, data: frame.data.subarray(0, 60)};
}

/** What JavaScript has not cleared away yet is no leak. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

const openFiles = () => readdirSync('/proc/self/fd').length;
const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
