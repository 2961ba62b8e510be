import test, {type ExecutionContext} from 'ava';
import {stillRunning} from '../helpers/processes.ts';
import {type Bed, held, Loop} from './bed.ts';

/** When a fault strikes. */
export type Moment = 'open' | 'run' | 'warm-up' | 'probe' | 'close';

/** One cell: what the double is told, and what state and log must say of it. */
export interface Fault {
  readonly name: string;
  readonly moment: Moment;
  readonly orders: readonly string[];
  /** Words of the cause. */
  readonly cause: RegExp;
}

/** A result at least this often, whatever happens: the promise of docs/failover.md. */
const mostGapMs = 1000;

/** Faults of a vendor library in a process of its own; `probe` only where probing asks the library. */
export function libraryFaults(moments: readonly Moment[]): Fault[] {
  const kinds = {
    crash: /crashed \(SIGSEGV\)/,
    hang: /longer than|no answer within|in time|hung|was stopped|did not/,
    fail: /\w/,
  };
  return moments.flatMap(moment =>
    Object.entries(kinds).map(([kind, cause]) => ({
      name: `${kind} at ${moment}`,
      moment,
      orders: ordersFor(kind, moment),
      cause,
    })),
  );
}

/** A device is closed by the loop when it is lost, so the fault of closing needs one of running before it. */
function ordersFor(kind: string, moment: Moment): string[] {
  if (moment === 'close') return kind === 'fail' ? ['fail=run,close'] : ['fail=run', `${kind}=close`];
  return [`${kind}=${moment === 'warm-up' ? 'run' : moment}`];
}

/** Faults of the device itself, while it runs. */
export const deviceFaults: readonly Fault[] = [
  {name: 'unplugged', moment: 'run', orders: ['vanish=1'], cause: /\w/},
  {name: 'too hot', moment: 'run', orders: ['overheat=1'], cause: /\w/},
  {name: 'taken by another process', moment: 'open', orders: ['busy=1'], cause: /\w/},
];

/** Declares a test for every fault. They run one after the other: doubles are told through the environment. */
export function faultMatrix(
  name: string,
  start: (t: ExecutionContext) => Promise<Bed>,
  faults: readonly Fault[],
): void {
  test.serial(`${name}, healthy: results come from the device`, async t => {
    const bed = await start(t);
    t.teardown(() => bed.stop());
    const loop = new Loop();
    await loop.start(bed);
    await loop.resultFrom('device');
    await loop.stop();
    t.is(loop.failover, undefined);
  });

  for (const fault of faults) {
    test.serial(`${name}, ${fault.name}: results go on, the cause is told, the device is retaken`, async t => {
      const bed = await start(t);
      t.teardown(() => bed.stop());
      const before = held();
      const loop = new Loop();
      await play(loop, bed, fault);
      const processes = await loop.processes();
      const worst = Math.max(...loop.gaps);
      if (process.env.DUNLIN_TEST_VERBOSE) t.log(loop.log.lines);
      t.log(`worst gap ${Math.round(worst)} ms of ${loop.gaps.length} results`);
      t.true(worst < mostGapMs, `worst gap ${worst} ms`);
      await loop.stop();
      await bed.stop();
      t.deepEqual(await stillRunning(processes), [], 'no process is left');
      t.is(held().shared, before.shared, 'no shared memory is left');
      t.deepEqual(more(held().descriptors, before.descriptors), [], 'no descriptor is left');
    });
  }
}

/** Descriptors that were not there before, by what they lead to. */
function more(now: readonly string[], before: readonly string[]): string[] {
  const known = [...before];
  return now.filter(name => {
    const at = known.indexOf(name);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

/** Brings the fault about, sees the processor take over, heals the device, and sees it come back. */
async function play(loop: Loop, bed: Bed, fault: Fault): Promise<void> {
  const told = () => saidBy(loop).some(text => fault.cause.test(text));
  switch (fault.moment) {
    case 'open':
      await bed.order(...fault.orders);
      await loop.start(bed);
      await loop.resultFrom('cpu');
      break;
    case 'run':
      await loop.start(bed);
      await loop.resultFrom('device');
      await bed.order(...fault.orders);
      await loop.resultFrom('cpu');
      break;
    case 'warm-up':
    case 'probe':
      await loop.start(bed);
      await loop.resultFrom('device');
      await bed.order('crash=run');
      await loop.resultFrom('cpu');
      await bed.order(...fault.orders);
      break;
    case 'close':
      await loop.start(bed);
      await loop.resultFrom('device');
      await bed.order(...fault.orders);
      await loop.resultFrom('cpu');
      break;
  }
  if (fault.moment !== 'close') await loop.until(told);
  for (let more = 0; more < 10; more++) await loop.resultFrom('cpu');
  await bed.order();
  await loop.resultFrom('device');
}

/** Causes and remedies as state and log tell them. */
function saidBy(loop: Loop): string[] {
  const {failover, rejected, log} = loop;
  const state = [failover?.last.cause ?? '', ...rejected.map(({reason}) => reason)];
  return [...state, ...log.lines.flatMap(({message, fields}) => [message, JSON.stringify(fields)])];
}
