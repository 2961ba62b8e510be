import test from 'ava';
import {seeDelegates} from '../../src/daemon/see-delegates.ts';
import type {Delegate, DelegateDefinition} from '../../src/delegate/contract.ts';
import {createDelegateTable} from '../../src/delegate/registry.ts';
import {ConfigError, DelegateUnavailableError} from '../../src/error/errors.ts';
import {silentLog} from '../../src/log/log.ts';
import {noHosts} from '../../src/native/host/none.ts';

const definition =
  (probe: Delegate['probe'], more: Partial<DelegateDefinition> = {}) =>
  async () => ({
    apiVersion: 1 as const,
    id: 'x',
    home: 'isolated' as const,
    create: () => ({
      ...{id: 'x', home: 'isolated' as const, probe},
      absence: async () => ({reason: 'none plugged in', remedy: 'Plug one in.'}),
      unsupportedReason: () => undefined,
      open: () => Promise.reject(new Error('never opened')),
    }),
    ...more,
  });

const context = {sysroot: '/', cacheDir: '/nonexistent', hosts: noHosts, log: silentLog};
const device = {id: 'usb:0', name: 'Edge TPU'};

test('every delegate is a row, whatever its probe does', async t => {
  const table = createDelegateTable(
    {
      here: definition(async () => [device]),
      absent: definition(async () => []),
      throwing: definition(() => Promise.reject(new DelegateUnavailableError('driver: gone', 'Load it.'))),
      buggy: definition(() => Promise.reject(new TypeError('x is undefined'))),
      hanging: definition(() => new Promise(() => {})),
      broken: () => Promise.reject(new Error('cannot find module')),
      unset: definition(async () => [], {
        create() {
          throw new ConfigError('delegates.unset.url: expected text', 'Give its url.');
        },
      }),
    },
    {mine: {use: 'here', options: {}}},
    context,
  );
  const seen = await seeDelegates(table, {settings: {mine: {use: 'here', options: {}}}, timeoutMs: 20});
  const rows = Object.fromEntries(seen.map(({id, ...row}) => [id, row]));
  t.deepEqual(rows.here, {home: 'isolated', devices: [device]});
  t.deepEqual(rows.mine, {use: 'here', home: 'isolated', devices: [device]});
  t.like(rows.absent, {devices: [], absence: {reason: 'none plugged in', remedy: 'Plug one in.'}});
  t.like(rows.throwing, {devices: [], absence: {reason: 'driver: gone', remedy: 'Load it.'}});
  t.like(rows.buggy, {devices: [], absence: {reason: 'x is undefined'}});
  t.like(rows.hanging, {devices: [], absence: {reason: 'looking for its devices took over 0.02 s'}});
  t.like(rows.broken, {devices: [], absence: {reason: 'cannot find module'}});
  t.like(rows.unset, {
    devices: [],
    absence: {
      reason: 'not set up (delegates.unset.url: expected text)',
      remedy: 'Give its options under "delegates" in dunlin.yaml: docs/delegates tells them.',
    },
  });
});
