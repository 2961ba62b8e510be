import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {openSource} from '../../../src/source/open.ts';
import {makeMjpeg, scratchDirectory} from '../../helpers/media.ts';
import {quiet} from '../../helpers/sources.ts';

const program = fileURLToPath(new URL('../../helpers/source-program.js', import.meta.url));
const camera = [
  '-nostdin',
  '-loglevel',
  'error',
  '-f',
  'lavfi',
  '-i',
  'testsrc2=size=160x120:rate=25',
  '-frames:v',
  '7',
];

for (const where of ['main', 'worker']) {
  test(`a pipe of JPEG pictures is read in a ${where} thread, and ends`, async t => {
    const ffmpeg = spawn('ffmpeg', [...camera, '-f', 'mjpeg', 'pipe:1'], {stdio: ['ignore', 'pipe', 'inherit']});
    const reader = spawn(process.execPath, [program, 'stdin:', '{}', where], {
      stdio: [ffmpeg.stdout, 'pipe', 'inherit'],
    });
    const lines = (await text(reader.stdout)).trim().split('\n');
    t.like(JSON.parse(lines[0] ?? ''), {width: 160, height: 120, format: 'jpeg'});
    t.like(JSON.parse(lines.at(-1) ?? ''), {captured: 7, bad: 0, restarts: 0});
  });
}

test('a file as standard input is read to its end', async t => {
  const file = await open(await makeMjpeg(join(await scratchDirectory(), 'a.mjpeg'), {frames: 3}));
  const reader = spawn(process.execPath, [program, 'stdin:'], {stdio: [file.fd, 'pipe', 'inherit']});
  const output = text(reader.stdout ?? process.stdin);
  await once(reader, 'exit');
  await file.close();
  t.like(JSON.parse((await output).trim().split('\n').at(-1) ?? ''), {captured: 3, bad: 0});
});

test('stdin takes nothing behind its colon', async t => {
  await t.throwsAsync(openSource('stdin:x', {}, quiet), {code: 'SOURCE_FAILED'});
});
