import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, readdir, readFile, readlink, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {loadNative} from '../../../src/native/load.ts';
import {buildDouble} from '../../helpers/build-double.ts';
import {ended} from '../../helpers/processes.ts';
import {RawHost} from '../../helpers/raw-host.ts';

const library = buildDouble('tflite-double');
test.after.always(async () => rm(path.dirname(await library), {recursive: true}));
const owner = fileURLToPath(new URL('fixtures/owner.js', import.meta.url));

const dies = test.macro(async (t, faults: string) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'dunlin-parent-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const control = path.join(folder, 'control');
  await writeFile(control, faults);
  const env = {...process.env, DUNLIN_DOUBLE_CONTROL: control};
  const parent = spawn(process.execPath, [owner, await library], {env, stdio: ['ignore', 'pipe', 'inherit']});
  const [pid] = await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  await ended(Number(pid));
  t.pass();
});

test('a program whose parent is killed ends', dies, '');
test('a program whose parent is killed ends even while its library hangs', dies, 'hang=run,close');

test('signals to the group of the daemon do not end the program: the daemon does', async t => {
  const addon = loadNative();
  const lane = addon.laneCreate('signals');
  const host = RawHost.tflite(await library);
  const {session} = await host.open(lane, 'double');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) host.child.kill(signal);
  await t.notThrowsAsync(addon.laneSubmit(lane, {session}));
  host.release();
  await t.notThrowsAsync(addon.laneSubmit(lane, {session}));
  await addon.sessionClose(session);
  t.deepEqual(await host.exited, [0, null]);
  await addon.laneClose(lane);
});

test('the program holds nothing of its parent but the control socket, and says what it is', async t => {
  const addon = loadNative();
  const lane = addon.laneCreate('held');
  const host = RawHost.tflite(await library);
  const {session} = await host.open(lane, 'double');
  const folder = `/proc/${host.child.pid}`;
  const held = await Promise.all((await readdir(`${folder}/fd`)).map(fd => readlink(`${folder}/fd/${fd}`)));
  t.is(held.filter(name => name.startsWith('socket:')).length, 3, held.join()); // stderr, control, connection
  t.is(held.length, 5, held.join());
  t.is(await readFile(`${folder}/comm`, 'utf8'), 'dunlin-host\n');
  await addon.sessionClose(session);
  await addon.laneClose(lane);
  await host.stop();
});
