import test from 'ava';
import {z} from 'zod';
import {checkConfig} from '../../src/config/config.ts';
import {formatProblem} from '../../src/config/problem.ts';
import {delegateProblems} from '../../src/daemon/delegate-options.ts';
import type {Delegate, DelegateDefinition} from '../../src/delegate/contract.ts';
import {parseOptions} from '../../src/delegate/options.ts';
import {createDelegateTable} from '../../src/delegate/registry.ts';
import {ConfigError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import {noHosts} from '../../src/native/host/none.ts';

const schema = z.strictObject({
  url: z.string(),
  performance: z.enum(['Low', 'High']).optional(),
  queue: z.int().min(1).max(8).optional(),
  providers: z.array(z.enum(['cuda', 'cpu'])).optional(),
  token: z.string().min(20).optional(),
});

const remote: DelegateDefinition = {
  apiVersion: 1,
  id: 'remote',
  home: 'remote',
  create(options, {name}) {
    const {url} = parseOptions(schema, options, name);
    if (!url.startsWith('http')) throw new ConfigError(`delegates.${name}.url: an http address`, 'Write http://….');
    return {} as Delegate;
  },
};

async function problems(yaml: string): Promise<string[]> {
  const checked = checkConfig(yaml, 'd.yaml');
  if ('problems' in checked) return checked.problems.map(formatProblem);
  const context = {sysroot: '/', cacheDir: '/nonexistent', hosts: noHosts, log: silentLog};
  const found = await delegateProblems(checked, settings =>
    createDelegateTable({remote: async () => remote}, settings, context),
  );
  return found.map(formatProblem);
}

const entry = (options: string) => `delegates:\n  server:\n    use: remote\n    url: http://box\n    ${options}\n`;

const told = test.macro(async (t, yaml: string, expected: string) => {
  t.deepEqual(await problems(yaml), [expected]);
});

test(
  'an unknown option is told with its line and the option that was meant',
  told,
  entry('performnce: Low'),
  'd.yaml:5:5: delegates.server.performnce: expected a known key, got an unknown one. Did you mean "performance"?',
);
test(
  'a word that is none of the choices',
  told,
  entry('performance: Hihg'),
  'd.yaml:5:18: delegates.server.performance: expected one of Low, High, got "Hihg" (text). Did you mean "High"?',
);
test(
  'a number in quotes',
  told,
  entry('queue: "2"'),
  'd.yaml:5:12: delegates.server.queue: expected a whole number from 1 to 8, got "2" (text). Remove the quotes.',
);
test(
  'an entry of a list',
  told,
  entry('providers: [cuda, gpu]'),
  'd.yaml:5:23: delegates.server.providers[1]: expected one of cuda, cpu, got "gpu" (text). Did you mean "cpu"?',
);
test(
  'a secret is never shown',
  told,
  entry('token: hunter2'),
  'd.yaml:5:12: delegates.server.token: expected text, got text (hidden)',
);
test(
  'what the delegate itself refuses',
  told,
  'delegates: {remote: {url: "ftp://user:hunter2@box"}}',
  'd.yaml:1:27: delegates.remote.url: expected an http address, got "ftp://***@box" (text). Write http://….',
);
test(
  'a missing option',
  told,
  'delegates: {server: {use: remote}}',
  'd.yaml:1:13: delegates.server.url: expected text, got nothing. Add "url".',
);
test(
  'a delegate that needs options, used without an entry',
  told,
  'pipelines: {a: {source: "test:", model: m.onnx, delegates: [cpu, remote]}}',
  'd.yaml:1:66: pipelines.a.delegates[1]: expected a delegate that is set up, got "remote" without its options ' +
    '(delegates.remote.url: expected string, got nothing). ' +
    'Add "remote" with its options under "delegates" at the top of the file: docs/delegates.',
);

test('every fault of an entry is told, in the order of the file', async t => {
  const found = await problems(entry('providers: cuda\n    queue: 9'));
  t.deepEqual(
    found.map(text => text.slice(0, 'd.yaml:5:'.length)),
    ['d.yaml:5:', 'd.yaml:6:'],
  );
});

test('good options are no problem, under any name', async t => {
  t.deepEqual(await problems(entry('performance: High')), []);
});
