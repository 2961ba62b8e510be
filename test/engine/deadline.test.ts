import test from 'ava';
import {Deadline} from '../../src/engine/deadline.ts';
import {FakeClock} from './fake-clock.ts';

function start() {
  const clock = new FakeClock();
  const deadline = new Deadline(clock);
  const late: string[] = [];
  return {
    clock,
    deadline,
    late,
    set: (name: string, ms: number) => void deadline.set(ms).then(() => late.push(name)),
  };
}

test('it tells once the time has passed', async t => {
  const {clock, late, set} = start();
  set('one', 500);
  await clock.advance(499);
  t.deepEqual(late, []);
  await clock.advance(1);
  await clock.advance(0);
  t.deepEqual(late, ['one']);
});

test('what is cleared in time is never told', async t => {
  const {clock, deadline, late, set} = start();
  set('one', 500);
  deadline.clear();
  await clock.advance(2000);
  t.deepEqual(late, []);
  t.is(clock.waiting, 0);
});

test('one timer serves many runs', async t => {
  const {clock, deadline, late, set} = start();
  for (let run = 0; run < 100; run++) {
    set(`run ${run}`, 500);
    await clock.advance(10);
    t.true(clock.waiting <= 1);
    deadline.clear();
  }
  set('hung', 500);
  await clock.advance(499);
  t.deepEqual(late, []);
  await clock.advance(1);
  await clock.advance(0);
  t.deepEqual(late, ['hung']);
});

test('a shorter time after a longer one is kept', async t => {
  const {clock, deadline, late, set} = start();
  set('long', 60_000);
  deadline.clear();
  set('short', 100);
  await clock.advance(100);
  await clock.advance(0);
  t.deepEqual(late, ['short']);
});

test('stopping leaves no timer', async t => {
  const {clock, deadline, late, set} = start();
  set('one', 500);
  deadline.stop();
  await clock.advance(1000);
  t.is(clock.waiting, 0);
  t.deepEqual(late, []);
});
