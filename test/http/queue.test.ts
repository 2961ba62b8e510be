import test from 'ava';
import {RequestQueue} from '../../src/daemon/serve/queue.ts';
import {Refusal} from '../../src/http/refusal.ts';
import type {WireMessage} from '../../src/http/served-model.ts';

const message = (): WireMessage => ({body: new ArrayBuffer(1), headerLength: undefined});
const patient = new AbortController().signal;

/** A queue for two, what it has sent, and its clock. */
function queueOfTwo() {
  const sent: WireMessage[] = [];
  const clock = {nowMs: 0};
  const queue = new RequestQueue({
    name: 'm',
    most: 2,
    send: (_id, request) => sent.push(request),
    now: () => clock.nowMs,
  });
  return {queue, sent, clock};
}

test('one request runs at a time, in order', async t => {
  const {queue, sent} = queueOfTwo();
  const requests = [message(), message(), message()];
  const answers = requests.map(request => queue.submit(request, patient));
  const told = [message(), message(), message()];
  for (const [index, answer] of told.entries()) {
    t.deepEqual(
      sent.map(request => requests.indexOf(request)),
      [0, 1, 2].slice(0, index + 1),
    );
    queue.settle(index + 1, {answer});
    t.is(await answers[index], answer);
  }
});

test('one too many is refused, and told when to come back', async t => {
  const {queue, clock} = queueOfTwo();
  const first = queue.submit(message(), patient);
  clock.nowMs = 700;
  queue.settle(1, {answer: message()});
  await first;
  void queue.submit(message(), patient);
  void queue.submit(message(), patient);
  void queue.submit(message(), patient);
  const error = await t.throwsAsync(queue.submit(message(), patient), {instanceOf: Refusal});
  t.is(error.status, 503);
  // Two wait and one runs, 0.7 s each.
  t.is(error.retryAfterS, 3);
  t.is(error.message, 'model "m": 2 requests are waiting already; try again');
});

test('a request whose client has gone is never sent', async t => {
  const {queue, sent} = queueOfTwo();
  const gone = new AbortController();
  const [first, second, third] = [message(), message(), message()];
  const answers = [queue.submit(first, patient), queue.submit(second, gone.signal), queue.submit(third, patient)];
  gone.abort(new Refusal(499, 'gone'));
  await t.throwsAsync(answers[1]!, {message: 'gone'});
  queue.settle(1, {answer: message()});
  t.deepEqual(sent, [first, third]);
});

test('a request whose client goes while it runs keeps its turn to the end', async t => {
  const {queue, sent} = queueOfTwo();
  const gone = new AbortController();
  const [first, second] = [message(), message()];
  const answers = [queue.submit(first, gone.signal), queue.submit(second, patient)];
  gone.abort(new Refusal(499, 'gone'));
  await t.throwsAsync(answers[0]!, {message: 'gone'});
  t.deepEqual(sent, [first]);
  queue.settle(1, {answer: message()});
  t.deepEqual(sent, [first, second]);
  const answer = message();
  queue.settle(2, {answer});
  t.is(await answers[1], answer);
});

test('a request that comes with its time over is not taken', async t => {
  const {queue, sent} = queueOfTwo();
  await t.throwsAsync(queue.submit(message(), AbortSignal.abort(new Refusal(504, 'late'))), {message: 'late'});
  t.deepEqual(sent, []);
});

test('when nobody answers any more, the one that runs and all that wait are refused', async t => {
  const {queue, sent} = queueOfTwo();
  const answers = [queue.submit(message(), patient), queue.submit(message(), patient)];
  queue.refuse(new Refusal(503, 'crashed'));
  for (const answer of answers) await t.throwsAsync(answer, {message: 'crashed'});
  const request = message();
  const next = queue.submit(request, patient);
  t.is(sent.at(-1), request);
  queue.settle(3, {refusal: new Refusal(400, 'no')});
  await t.throwsAsync(next, {message: 'no'});
});

test('an answer that comes after its request was refused is nobody’s', async t => {
  const {queue} = queueOfTwo();
  const first = queue.submit(message(), patient);
  queue.refuse(new Refusal(503, 'stranded'));
  await t.throwsAsync(first, {message: 'stranded'});
  const second = queue.submit(message(), patient);
  queue.settle(1, {answer: message()});
  const answer = message();
  queue.settle(2, {answer});
  t.is(await second, answer);
});
