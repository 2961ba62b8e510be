import test from 'ava';
import {Watchdog} from '../../../src/source/live/watchdog.ts';

/** The machine's timers with a clock that the test sets. */
function watched(firstMs: number, nextMs: number) {
  const clock = {nowMs: 0, nowNs: () => BigInt(clock.nowMs * 1e6), wallMs: () => 0, wait: async () => {}};
  let report: (silentMs: number) => void = () => {};
  const watchdog = new Watchdog({clock, firstMs, nextMs, onSilence: silentMs => report(silentMs)});
  const silence = () => new Promise<number>(resolve => (report = resolve));
  return {clock, watchdog, silence};
}

test('silence is measured on the clock, not by timers alone', async t => {
  const {clock, watchdog, silence} = watched(20, 10);
  const first = silence();
  clock.nowMs = 25;
  t.is(await first, 25);
  const second = silence();
  clock.nowMs = 100;
  watchdog.alive();
  clock.nowMs = 112;
  t.is(await second, 12);
  watchdog.stop();
});

test('a blocked event loop is not taken for silence: as much time again is given', async t => {
  let blockedMs = 0;
  const nowNs = () => process.hrtime.bigint() + BigInt(blockedMs * 1e6);
  const clock = {nowNs, wallMs: () => 0, wait: async () => {}};
  const silentMs = await new Promise<number>(resolve => {
    new Watchdog({clock, firstMs: 10, nextMs: 10, onSilence: resolve});
    blockedMs = 300;
  });
  t.true(silentMs >= 600);
});
