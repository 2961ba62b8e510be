import test from 'ava';
import {Circuit} from '../../../delegates/remote/circuit.ts';
import {RetryBudget} from '../../../delegates/remote/retry-budget.ts';
import {answerStatus} from './model-server.ts';
import {connect, openOn, runWith, serve, sessionOptions} from './parts.ts';

test('retries are a share of the calls that went well', t => {
  const budget = new RetryBudget(0.1);
  t.true(budget.take());
  t.false(budget.take());
  for (let call = 0; call < 9; call++) budget.succeeded();
  t.false(budget.take());
  budget.succeeded();
  budget.succeeded();
  t.true(budget.take());
  t.false(budget.take());
});

test('saved-up retries are few, however long all went well', t => {
  const budget = new RetryBudget(1);
  for (let call = 0; call < 1000; call++) budget.succeeded();
  let retries = 0;
  while (budget.take()) retries++;
  t.is(retries, 10);
});

test('a budget of 0 allows no retry', t => {
  const budget = new RetryBudget(0);
  for (let call = 0; call < 1000; call++) budget.succeeded();
  t.false(budget.take());
});

test('a circuit opens after failures in a row, lets one trial through, and closes when that goes well', t => {
  let now = 0;
  const circuit = new Circuit({failures: 2, resetMs: 100}, () => now);
  circuit.failed();
  circuit.succeeded();
  circuit.failed();
  t.true(circuit.admit());
  circuit.failed();
  t.false(circuit.admit());
  t.is(circuit.restMs, 100);
  now = 100;
  t.true(circuit.admit());
  t.false(circuit.admit(), 'one trial at a time');
  circuit.failed();
  t.false(circuit.admit());
  now = 200;
  t.true(circuit.admit());
  circuit.succeeded();
  t.true(circuit.admit());
  t.true(circuit.admit());
});

test('a busy server is asked again within the budget', async t => {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({url: server.url}), model);
  await runWith(session, 0);
  let busy = 1;
  const status = answerStatus(503);
  server.fault = (request, response) => (busy-- > 0 ? status(request, response) : false);
  t.is(await runWith(session, 1), 2);
  busy = 1;
  await t.throwsAsync(runWith(session, 2), {code: 'DEVICE_LOST', message: /status 503/}, 'the budget is spent');
});

test('Retry-After is waited for when the deadline allows it, and not when it does not', async t => {
  const {server, model} = await serve(t);
  const open = () => openOn(t, connect({url: server.url, timeoutMs: 3000, circuit: {failures: 100}}), model);
  const patient = await open();
  const tell = (after: string) => {
    let busy = 1;
    const status = answerStatus(429, {'retry-after': after});
    server.fault = (request, response) =>
      request.url?.endsWith('/infer') && busy-- > 0 ? status(request, response) : false;
  };
  tell('1');
  t.is(await runWith(patient, 1), 2);
  const other = await open();
  tell('60');
  await t.throwsAsync(runWith(other, 1), {code: 'DEVICE_LOST', message: /status 429/});
});

test('a cut connection is retried on a new one', async t => {
  const {server, model} = await serve(t);
  const session = await openOn(t, connect({url: server.url, retries: {budget: 1}}), model);
  await runWith(session, 0);
  let cuts = 2;
  server.fault = request => {
    if (cuts-- <= 0) return false;
    request.socket.resetAndDestroy();
    return true;
  };
  t.is(await runWith(session, 1), 2);
});

test('a server that failed often is left alone without a call, then tried again', async t => {
  const {server, model} = await serve(t);
  const options = {url: server.url, retries: {budget: 0}, circuit: {failures: 3, resetMs: 1000}};
  const delegate = connect(options);
  const session = await openOn(t, delegate, model);
  await runWith(session, 0);
  server.fault = answerStatus(500);
  for (let run = 0; run < 3; run++) await t.throwsAsync(runWith(session, 1), {code: 'RUN_FAILED'});
  const calls = server.seen.length;
  await t.throwsAsync(runWith(session, 1), {
    code: 'DEVICE_LOST',
    message: /^remote 127\.0\.0\.1:\d+: left alone after 3 failures in a row; tried again in [01]\.\d s$/,
  });
  const [device] = await delegate.probe();
  t.regex(device!.problem!.reason, /left alone after 3 failures in a row/);
  await t.throwsAsync(delegate.open(model, device!, sessionOptions), {
    code: 'DELEGATE_UNAVAILABLE',
    message: /left alone/,
  });
  t.is(server.seen.length, calls, 'no call was made');
  server.fault = undefined;
  const back = await until(
    () => delegate.probe(),
    ([found]) => found!.problem === undefined,
  );
  const again = await delegate.open(model, back[0]!, sessionOptions);
  t.teardown(() => again.close());
  t.is(await runWith(again, 1), 2);
});

/** Asks until the answer fits: the pause between is the event loop's. */
async function until<Value>(ask: () => Promise<Value>, fits: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask();
    if (fits(value)) return value;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}
