import {rm} from 'node:fs/promises';
import path from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));

async function openSharers(t: ExecutionContext, models: readonly {readonly runMs: number; readonly share: number}[]) {
  const addon = loadNative();
  const host = RawHost.tflite(await library);
  t.teardown(() => host.stop());
  return Promise.all(
    models.map(async ({runMs, share}) => {
      const lane = addon.laneCreate('sharer');
      t.teardown(() => addon.laneClose(lane));
      const {session} = await host.open(lane, `runMs=${runMs}`, {share});
      return {lane, session, runMs, share};
    }),
  );
}

test('models of other lengths and shares get the device time that their shares say, within 5 %', async t => {
  const addon = loadNative();
  const sharers = await openSharers(t, [
    {runMs: 5, share: 1},
    {runMs: 20, share: 1},
    {runMs: 10, share: 2},
  ]);
  const usedMs = sharers.map(() => 0);
  const wantedMs = 4000;
  const total = () => usedMs.reduce((sum, ms) => sum + ms);
  await Promise.all(
    sharers.map(async ({lane, session}, index) => {
      while (total() < wantedMs) {
        const {runMs} = await addon.laneSubmit(lane, {session});
        if (total() < wantedMs) usedMs[index]! += runMs;
      }
    }),
  );
  t.log(`device time ${usedMs.map(Math.round).join(', ')} ms`);
  for (const [index, {share}] of sharers.entries()) {
    const fair = (total() * share) / 4;
    t.true(Math.abs(usedMs[index]! / fair - 1) < 0.05, `${usedMs[index]} ms of ${fair}`);
  }
});

test('a run with a due time goes before those that wait already', async t => {
  const addon = loadNative();
  const [busy, one, other, due] = await openSharers(t, [
    {runMs: 600, share: 1},
    {runMs: 5, share: 1},
    {runMs: 5, share: 1},
    {runMs: 5, share: 1},
  ]);
  const order: string[] = [];
  const submit = (name: string, {lane, session}: NonNullable<typeof busy>, dueNs?: bigint) =>
    addon.laneSubmit(lane, {session, ...(dueNs && {dueNs})}).then(() => order.push(name));
  const first = submit('busy', busy!);
  await sleep(250); // long enough for it to be on the device, which nobody tells
  const runs = [first, submit('one', one!), submit('other', other!)];
  runs.push(submit('due', due!, process.hrtime.bigint() + 1_000_000_000n));
  await Promise.all(runs);
  t.deepEqual(order.slice(0, 2), ['busy', 'due']);
});
