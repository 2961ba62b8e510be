import {readFileSync} from 'node:fs';
import test from 'ava';
import type {DelegateSettings} from '../../src/delegate/registry.ts';
import {createDelegateTable} from '../../src/delegate/registry.ts';
import {silentLog} from '../../src/log/log.ts';
import {noHosts} from '../../src/native/host/none.ts';
import {toy} from '../fixtures/toy-delegate/index.ts';

const table = (settings: DelegateSettings) =>
  createDelegateTable({toy: async () => toy}, settings, {
    ...{sysroot: '/', cacheDir: '/nonexistent', hosts: noHosts, log: silentLog},
  });

test('a new delegate is in the table under its id, and under every name that the configuration gives it', async t => {
  const {names, load} = table({pair: {use: 'toy', options: {units: 2}}, none: {use: 'toy', options: {units: 0}}});
  t.deepEqual(names, ['toy', 'pair', 'none']);
  const devices = async (name: string) => (await (await load(name)).probe()).map(({id}) => id);
  t.deepEqual(await devices('toy'), ['unit:0']);
  t.deepEqual(await devices('pair'), ['unit:0', 'unit:1']);
  t.deepEqual(await devices('none'), []);
  t.like(await (await load('none')).absence(), {remedy: 'Set delegates.none.units to 1.'});
});

test('its options are checked by its own schema', async t => {
  await t.throwsAsync(table({toy: {use: 'toy', options: {units: 9}}}).load('toy'), {
    code: 'CONFIG_INVALID',
    message: /^delegates\.toy\.units: /,
  });
  await t.throwsAsync(table({toy: {use: 'toy', options: {unit: 1}}}).load('toy'), {
    message: 'delegates.toy.unit: is no option of this delegate',
  });
});

test('it is the one of docs/adding-a-delegate.md, and under sixty lines', t => {
  const source = readFileSync('test/fixtures/toy-delegate/index.ts', 'utf8').replaceAll(
    "'../../../src/",
    "'../../src/",
  );
  t.true(readFileSync('docs/adding-a-delegate.md', 'utf8').includes(`\`\`\`ts\n${source}\`\`\``));
  t.true(source.split('\n').length < 60);
});
