import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {Child} from '../../../src/source/child/child.ts';
import {makeVideo, scratchDirectory} from '../../helpers/media.ts';
import {childrenOf, childrenReading, ended, stillRunning} from '../../helpers/processes.ts';

const program = fileURLToPath(new URL('../../helpers/source-program.js', import.meta.url));
const shell = (script: string) => ({
  program: '/bin/sh',
  args: ['-c', script],
  env: process.env,
  redact: (text: string) => text,
});

for (const [where, stopped] of [
  ['main', false],
  ['worker', false],
  ['worker', true],
] as const) {
  test(`kill -9 of a process with its source in a ${where} thread ends its ffmpeg${stopped ? ', even a stopped one' : ''}`, async t => {
    const path = await makeVideo(join(await scratchDirectory(), 'clip.mkv'), {frames: 5});
    const options = JSON.stringify({loop: true, realtime: true});
    const parent = spawn(process.execPath, [program, path, options, where], {stdio: ['ignore', 'pipe', 'inherit']});
    for await (const _line of createInterface({input: parent.stdout})) break;
    const [ffmpeg = 0] = (await childrenReading(path)).filter(pid => pid !== parent.pid);
    t.true(ffmpeg > 0);
    if (stopped) process.kill(ffmpeg, 'SIGSTOP');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await ended(ffmpeg);
    t.deepEqual(await childrenReading(path), []);
  });
}

test('the children of a child end with it', async t => {
  const controller = new AbortController();
  const child = await Child.start(shell('sleep 1000 & echo $!; wait'), controller.signal);
  let grandchild = 0;
  for await (const chunk of child.chunks()) {
    grandchild = Number(chunk.toString());
    controller.abort();
  }
  const exit = await child.exited;
  t.is(exit.signal, 'SIGTERM');
  await ended(grandchild);
  t.deepEqual(await stillRunning([child.pid ?? 0]), []);
});

test('a child that ignores SIGTERM is killed', async t => {
  const child = await Child.start(
    shell('trap "" TERM; echo ready; while :; do sleep 0.1; done'),
    new AbortController().signal,
  );
  for await (const _chunk of child.chunks()) await child.stop();
  t.is((await child.exited).signal, 'SIGKILL');
});

test('a stopped child that floods its output is killed', async t => {
  const child = await Child.start(shell('yes'), new AbortController().signal);
  process.kill(child.pid ?? 0, 'SIGSTOP');
  await child.kill();
  t.is((await child.exited).signal, 'SIGKILL');
  t.false((await childrenOf(process.pid)).includes(child.pid ?? 0));
});

test('the tail holds the last lines, redacted and bounded', async t => {
  const script =
    'for i in 1 2 3 4 5 6 7 8 9 10; do echo "line $i of secret" >&2; done; printf "%0100000d" 7 >&2; exit 3';
  const spec = {...shell(script), redact: (text: string) => text.replaceAll('secret', '***')};
  const child = await Child.start(spec, new AbortController().signal);
  for await (const _chunk of child.chunks()) t.fail();
  const {code, tail} = await child.exited;
  t.is(code, 3);
  t.is(tail.length, 8);
  t.is(tail[0], 'line 4 of ***');
  t.is(tail[7]?.length, 4096);
});

test('a signal that has aborted before ends the child at once', async t => {
  const child = await Child.start(shell('sleep 1000'), AbortSignal.abort());
  t.is((await child.exited).signal, 'SIGTERM');
});
