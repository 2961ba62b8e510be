import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import test from 'ava';
import {buildProgram} from '../../helpers/c-program.ts';

test('the device is shared by weight, due runs go first and starve nobody, and nobody waits for idle sessions', async t => {
  const {program, remove} = await buildProgram(
    ['test/native/host/scheduler_check.c', 'src/native/host/scheduler.c'],
    ['-g', '-fsanitize=address,undefined', '-fno-sanitize-recover'],
  );
  t.teardown(remove);
  const {stdout} = await promisify(execFile)(program);
  t.log(stdout);
  t.notRegex(stdout, /FAILED/);
});
