import test from 'ava';
import {explainChoice} from '../../src/engine/open.ts';

const explains = test.macro((t, args: Parameters<typeof explainChoice>, expected: string) => {
  t.is(explainChoice(...args), expected);
});

test('one delegate was asked for', explains, [['cpu'], []], 'the only delegate asked for');
test('the first of a list that was written down', explains, [['edgetpu', 'cpu'], []], 'first of edgetpu, cpu');
test(
  'the first of an order that was measured',
  explains,
  [['cpu', 'server'], [], 'fastest first, as measured'],
  'first of cpu, server (fastest first, as measured)',
);
test(
  'what was passed over comes with its reason',
  explains,
  [['edgetpu', 'cpu'], [{delegate: 'edgetpu', reason: 'no device'}]],
  'edgetpu passed over: no device',
);
