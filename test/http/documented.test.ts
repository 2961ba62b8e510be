import {execFile} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import test from 'ava';
import {parse} from 'yaml';
import {pythonEnv} from '../helpers/python.ts';
import {type ServingHandle, startServing} from '../helpers/serving.ts';

const run = promisify(execFile);
const page = readFileSync('docs/http.md', 'utf8');
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);
const [openConfig, guardedConfig] = blocks('yaml').map(text => (parse(text) as {http: object}).http);
const commands = blocks('sh');
const isTokenCommand = (text: string) => /token(?!s)/.test(text);

const folder = mkdtempSync(join(tmpdir(), 'dunlin-docs-'));
test.after.always(() => rmSync(folder, {recursive: true}));

/** Runs a block of the page in a folder of its own, against this server instead of the one at port 8087. */
async function follow(text: string, {port}: ServingHandle): Promise<string> {
  const {stdout} = await run('bash', ['-euo', 'pipefail', '-c', text.replaceAll(':8087', `:${port}`)], {cwd: folder});
  return stdout;
}

test('every curl example of the page works', async t => {
  const serving = await startServing({...openConfig, port: 0});
  t.teardown(() => serving.stop());
  await serving.opened('faces');
  const examples = commands.filter(text => !isTokenCommand(text));
  t.is(examples.length, 3);
  const [metadata, binary, json] = [...examples];
  t.like(JSON.parse(await follow(metadata!, serving)), {name: 'faces', inputs: [{name: 'input', datatype: 'FP32'}]});
  await follow(binary!, serving);
  // 896 anchors: 16 numbers of a box and one score each, behind the JSON.
  t.true(readFileSync(join(folder, 'answer.bin')).length > 896 * 17 * 4);
  const {id, outputs} = JSON.parse(await follow(json!, serving));
  t.is(id, '1');
  t.deepEqual([outputs.length, outputs[0].name, outputs[0].data.length], [1, 'classificators', 896]);
});

test('the Python example of the page works with tritonclient as it is', async t => {
  const serving = await startServing({...openConfig, port: 0});
  t.teardown(() => serving.stop());
  await serving.opened('faces');
  const {python} = await pythonEnv('tritonclient');
  const [text = ''] = blocks('python');
  const {stdout} = await run(python, ['-c', text.replace(':8087', `:${serving.port}`)]);
  t.is(stdout.trim(), '(1, 896, 1)');
});

test('the example with a token works, and only with the token', async t => {
  const [write, send] = commands.filter(isTokenCommand);
  await run('bash', ['-euc', write!], {cwd: folder});
  // The page listens on all addresses; a test should not.
  const guarded = {...guardedConfig, host: '127.0.0.1', port: 0, tokenFile: join(folder, 'token')};
  const serving = await startServing(guarded);
  t.teardown(() => serving.stop());
  await serving.opened('faces');
  t.is(await follow(send!, serving), '{"ready":true}');
  writeFileSync(join(folder, 'token'), 'another token of 32 characters, so');
  const refused = await t.throwsAsync<Error & {stdout: string}>(follow(send!, serving));
  t.regex(refused.stdout, /send the token of this server/);
});

test('the page names every status that the server answers with', t => {
  const named = new Set(page.match(/\b[45]\d\d\b/g));
  for (const status of ['400', '401', '403', '404', '408', '413', '415', '431', '500', '503', '504']) {
    t.true(named.has(status), status);
  }
});
