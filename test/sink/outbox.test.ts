import test from 'ava';
import fc from 'fast-check';
import type {Event} from '../../src/event/event.ts';
import {MemoryOutbox} from '../../src/sink/outbox.ts';
import {startEvent} from './mqtt/samples.ts';

function fill(outbox: MemoryOutbox, types: string): void {
  const names = {s: 'start', u: 'update', e: 'end'} as const;
  [...types].forEach((letter, index) => {
    outbox.append({...startEvent, type: names[letter as 's' | 'u' | 'e'], id: `${letter}${index}`});
  });
}

const idsOf = (outbox: MemoryOutbox) => outbox.peek(0, 1000).map(({event}) => event.id);

test('entries come out in the order they went in', t => {
  const outbox = new MemoryOutbox(10);
  fill(outbox, 'sue');
  t.deepEqual(idsOf(outbox), ['s0', 'u1', 'e2']);
  t.deepEqual(
    outbox.peek(1, 1).map(({sequence, event}) => [sequence, event.id]),
    [[2, 'u1']],
  );
});

const eviction = test.macro({
  exec(t, types: string, kept: string[], lost: object) {
    const outbox = new MemoryOutbox(3);
    fill(outbox, types);
    t.deepEqual(idsOf(outbox), kept);
    t.deepEqual(outbox.lost, lost);
  },
  title: (_, types) => `an outbox for 3 that is given ${types} gives up the oldest updates first`,
});
test(eviction, 'sueu', ['s0', 'e2', 'u3'], {updates: 1, others: 0});
test(eviction, 'uuuu', ['u1', 'u2', 'u3'], {updates: 1, others: 0});
test(eviction, 'sesu', ['s0', 'e1', 's2'], {updates: 1, others: 0});
test(eviction, 'seses', ['s2', 'e3', 's4'], {updates: 0, others: 2});
test(eviction, 'usesue', ['e2', 's3', 'e5'], {updates: 2, others: 1});

test('an acknowledged entry is forgotten, and forgetting it twice is no error', t => {
  const outbox = new MemoryOutbox(3);
  fill(outbox, 'se');
  outbox.ack(1);
  outbox.ack(1);
  t.deepEqual(idsOf(outbox), ['e1']);
  t.is(outbox.depth, 1);
});

test('an entry given up while it was on its way is not lost once it is acknowledged', t => {
  const outbox = new MemoryOutbox(1);
  fill(outbox, 'u');
  outbox.peek(0, 1);
  fill(outbox, 's');
  t.deepEqual(outbox.lost, {updates: 1, others: 0});
  outbox.ack(1);
  t.deepEqual(outbox.lost, {updates: 0, others: 0});
});

test('listeners hear of every new entry', t => {
  const outbox = new MemoryOutbox(3);
  let heard = 0;
  outbox.onAvailable(() => heard++);
  fill(outbox, 'sue');
  t.is(heard, 3);
});

test('whatever happens, entries stay in order, within capacity, and every one is accounted for', t => {
  const steps = fc.array(fc.oneof(fc.constantFrom('start', 'update', 'end'), fc.nat(30)), {maxLength: 200});
  fc.assert(
    fc.property(fc.integer({min: 1, max: 8}), steps, (capacity, actions) => {
      const outbox = new MemoryOutbox(capacity);
      const [known, acked] = [new Set<number>(), new Set<number>()];
      for (const action of actions) {
        if (typeof action === 'string') {
          outbox.append({...startEvent, type: action as Event['type']});
          known.add(known.size + 1);
        } else if (outbox.peek(0, 3).some(({sequence}) => sequence === action)) {
          outbox.ack(action);
          acked.add(action);
        }
      }
      const sequences = outbox.peek(0, 1000).map(({sequence}) => sequence);
      t.deepEqual(
        sequences,
        [...sequences].sort((a, b) => a - b),
      );
      t.true(sequences.length <= capacity);
      t.is(sequences.length + acked.size + outbox.lost.updates + outbox.lost.others, known.size);
    }),
  );
});
