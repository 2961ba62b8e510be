import test from 'ava';
import {EventSender, type Outlet, RetainedTopics} from '../../../src/sink/mqtt/queue.ts';
import {MemoryOutbox} from '../../../src/sink/outbox.ts';
import {startEvent} from './samples.ts';

interface Sent {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly done: (error?: Error) => void;
}

/** An outlet with room for `room` messages that keeps what it is given. */
function outlet(room: number): Outlet & {room: number; sent: Sent[]; acknowledge(count: number, error?: Error): void} {
  return {
    room,
    sent: [],
    maxPayloadBytes: 500,
    get hasRoom() {
      return this.sent.length < this.room;
    },
    sendAcknowledged(topic, payload, retain, done) {
      this.sent.push({topic, payload, retain, done});
    },
    acknowledge(count, error) {
      for (const {done} of this.sent.splice(0, count)) done(error);
    },
  };
}

const topicsOf = (sent: readonly Sent[]) => sent.map(({topic, payload}) => `${topic}=${payload}`);

test('only the newest value of a topic waits for the broker', t => {
  const away = outlet(0);
  const retained = new RetainedTopics(away);
  for (let value = 0; value < 1000; value++) retained.set('a', String(value));
  retained.set('b', 'x');
  away.room = 10;
  retained.pump();
  t.deepEqual(topicsOf(away.sent), ['a=999', 'b=x']);
  t.true(away.sent.every(({retain}) => retain));
});

test('a value that has not changed is not sent again', t => {
  const open = outlet(10);
  const retained = new RetainedTopics(open);
  retained.set('a', '1');
  retained.set('a', '1');
  retained.set('a', '2');
  t.deepEqual(topicsOf(open.sent), ['a=1', 'a=2']);
});

test('everything retained is sent again after a reconnect', t => {
  const open = outlet(10);
  const retained = new RetainedTopics(open);
  retained.set('a', '1');
  retained.set('b', '2');
  open.sent.length = 0;
  retained.resendAll();
  t.deepEqual(topicsOf(open.sent), ['a=1', 'b=2']);
});

test('more topics than any label list has are refused and counted', t => {
  const retained = new RetainedTopics(outlet(0));
  for (let index = 0; index < 5000; index++) retained.set(`topic ${index}`, '1');
  t.is(retained.unsent, 4096);
  t.is(retained.refused, 904);
});

function sender(open: Outlet, capacity = 100) {
  const outbox = new MemoryOutbox(capacity);
  const refusals: Error[] = [];
  const events = new EventSender({
    outbox,
    outlet: open,
    encode: ({event}) => ({topic: 'e', payload: event.id}),
    onRefusal: error => refusals.push(error),
  });
  const append = (...ids: string[]) => {
    for (const id of ids) outbox.append({...startEvent, id});
  };
  return {outbox, events, refusals, append};
}

test('events are sent in order, no more at a time than there is room for', t => {
  const open = outlet(2);
  const {outbox, events, append} = sender(open);
  append('1', '2', '3', '4');
  t.deepEqual(topicsOf(open.sent), ['e=1', 'e=2']);
  open.acknowledge(1);
  events.pump();
  t.deepEqual(topicsOf(open.sent), ['e=2', 'e=3']);
  t.is(outbox.depth, 3);
  t.is(events.sent, 1);
});

test('after a reconnect everything unacknowledged is sent again, oldest first', t => {
  const open = outlet(3);
  const {events, append} = sender(open);
  append('1', '2', '3', '4');
  open.acknowledge(1);
  open.sent.length = 0;
  events.restart();
  t.deepEqual(topicsOf(open.sent), ['e=2', 'e=3', 'e=4']);
});

test('an event that the broker will never take is given up and counted', t => {
  const open = outlet(1);
  const {outbox, events, append, refusals} = sender(open);
  append('1', '2');
  open.acknowledge(1, Object.assign(new Error('not authorized'), {code: 135}));
  events.pump();
  t.deepEqual(topicsOf(open.sent), ['e=2']);
  t.is(events.refused, 1);
  t.is(outbox.depth, 1);
  t.is(refusals.length, 0);
});

test('an event that the broker cannot take now stays, and the connection is given up', t => {
  const open = outlet(1);
  const {outbox, append, refusals} = sender(open);
  append('1');
  open.acknowledge(1, Object.assign(new Error('quota exceeded'), {code: 151}));
  t.is(outbox.depth, 1);
  t.deepEqual(
    refusals.map(({message}) => message),
    ['quota exceeded'],
  );
});

test('an event larger than the broker takes does not block those behind it', t => {
  const open = outlet(5);
  const {events, append} = sender(open);
  append('x'.repeat(501), '2');
  t.deepEqual(topicsOf(open.sent), ['e=2']);
  t.is(events.refused, 1);
});
