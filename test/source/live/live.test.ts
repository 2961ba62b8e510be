import test from 'ava';
import {silentLog} from '../../../src/log/log.ts';
import {Backoff} from '../../../src/source/live/backoff.ts';
import {Feed} from '../../../src/source/live/feed.ts';
import {Slot} from '../../../src/source/live/slot.ts';
import {FramePool} from '../../../src/source/pool.ts';
import {SourceState} from '../../../src/source/state.ts';

test('a slot gives its newest value, once', async t => {
  const slot = new Slot<number>();
  t.is(slot.put(1), undefined);
  t.is(slot.put(2), 1);
  t.is(await slot.take(), 2);
  const next = slot.take();
  slot.put(3);
  t.is(await next, 3);
});

test('a closed slot gives what is left, then nothing; a discarded one nothing', async t => {
  const slot = new Slot<number>();
  slot.put(1);
  slot.close();
  t.is(await slot.take(), 1);
  t.is(await slot.take(), undefined);
  const discarded = new Slot<number>();
  discarded.put(1);
  discarded.discard();
  t.is(await discarded.take(), undefined);
});

test('pauses double up to the longest and begin anew after a sound attempt', t => {
  const backoff = new Backoff(100, 1000);
  const within = (ms: number, most: number) => t.true(ms >= 0.75 * most && ms <= most, `${ms} of ${most}`);
  for (const most of [100, 200, 400, 800, 1000, 1000]) within(backoff.nextMs(0), most);
  within(backoff.nextMs(4999), 1000);
  within(backoff.nextMs(5000), 100);
  within(backoff.nextMs(0), 200);
});

function feedAt(maxFps: number) {
  const state = new SourceState(silentLog);
  const slot = new Slot<never>();
  let nowMs = 0;
  const clock = {nowNs: () => BigInt(Math.round(nowMs * 1e6)), wallMs: () => nowMs, wait: async () => {}};
  const feed = new Feed(slot as never, {
    name: 'test',
    clock,
    state,
    pool: new FramePool(),
    maxFrameBytes: 1000,
    maxFps,
  });
  return (atMs: number) => {
    nowMs = atMs;
    const before = state.captured;
    feed.deliver({format: 'gray', width: 1, height: 1, data: new Uint8Array(1)});
    return state.captured > before;
  };
}

test('frames above the rate are passed over, and the rate is kept on average', t => {
  const deliver = feedAt(10);
  const taken = Array.from({length: 300}, (_, index) => deliver(1000 + (index * 1000) / 30));
  // Ten seconds at 10 per second; each is taken up to half a period early, the first one at once.
  t.is(taken.filter(Boolean).length, 101);
});

test('a camera that is slower than the rate loses nothing to jitter', t => {
  const deliver = feedAt(10);
  const taken = [0, 95, 205, 298, 402, 499].map(ms => deliver(1000 + ms));
  t.deepEqual(taken, Array(6).fill(true));
});

test('health is told when it changes, and only then', t => {
  const state = new SourceState(silentLog);
  const seen: string[] = [];
  const end = state.onHealth(({status, reason = '-'}) => seen.push(`${status} ${reason}`));
  state.setHealth({status: 'ok'});
  state.setHealth({status: 'ok'});
  state.setHealth({status: 'stalled', reason: 'a'});
  state.setHealth({status: 'stalled', reason: 'b'});
  end();
  state.setHealth({status: 'ok'});
  t.deepEqual(seen, ['ok -', 'stalled a', 'stalled b']);
});
