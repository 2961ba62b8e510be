import {execFile} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test from 'ava';

const script = fileURLToPath(new URL('fixtures/leak.js', import.meta.url));

test('10,000 sessions opened, run and closed or forgotten take no more memory than 1,000', async t => {
  const {stdout} = await promisify(execFile)(process.execPath, ['--expose-gc', script, '10000']);
  const {early, late} = JSON.parse(stdout) as {early: number; late: number};
  const grownMiB = (late - early) / 2 ** 20;
  t.log(`${Math.round(early / 2 ** 20)} MiB after 1,000; ${grownMiB.toFixed(1)} MiB more after 10,000`);
  t.true(grownMiB < 8, `grew by ${grownMiB} MiB`);
});
