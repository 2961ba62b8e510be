import {execFile} from 'node:child_process';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';
import {buildDouble} from '../../helpers/build-double.ts';

const script = fileURLToPath(new URL('fixtures/hosted-leak.js', import.meta.url));

interface Held {
  readonly fds: number;
  readonly memfds: number;
  readonly mapped: number;
  readonly rss: number;
}

test('1,000 sessions opened, run, and closed or forgotten leave nothing on either side', async t => {
  const library = await buildDouble('tflite-double');
  t.teardown(() => rm(path.dirname(library), {recursive: true}));
  const {stdout} = await promisify(execFile)(process.execPath, ['--expose-gc', script, library, '1000']);
  const {early, late} = JSON.parse(stdout) as Record<'early' | 'late', Record<'here' | 'there', Held>>;
  t.log(stdout.trim());
  for (const side of ['here', 'there'] as const) {
    const [first, last] = [early[side], late[side]];
    t.is(last.memfds, 0, side);
    t.true(last.fds <= first.fds + 2, `${side}: ${first.fds} descriptors, then ${last.fds}`);
    t.true(last.mapped <= first.mapped + 2, `${side}: ${first.mapped} mappings, then ${last.mapped}`);
    const grownMiB = (last.rss - first.rss) / 2 ** 20;
    t.true(grownMiB < 8, `${side}: grew by ${grownMiB} MiB`);
  }
});
