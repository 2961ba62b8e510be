import {join} from 'node:path';
import test from 'ava';
import {silentLog} from '../../../src/log/log.ts';
import {openSource} from '../../../src/source/open.ts';
import {cameraDouble} from '../../helpers/camera-double.ts';
import {makeJpeg, scratchDirectory} from '../../helpers/media.ts';
import {stillRunning} from '../../helpers/processes.ts';
import {collect, collectFrom, hasty} from '../../helpers/sources.ts';

test('stills come as JPEG, at the size and rate that was asked for', async t => {
  const jpeg = await makeJpeg(join(await scratchDirectory(), 'a.jpg'), '160x120');
  const double = await cameraDouble('raspistill', [[{jpeg, count: 1}, {exit: 70}], [{jpeg, fps: 50}]]);
  const options = {...hasty, stallAfterS: 10, width: 160, height: 120, fps: 4};
  const source = await openSource('raspistill:', options, {log: silentLog, env: double.env});
  const frames = await collect(source, 2);
  t.deepEqual(
    frames.map(frame => `${frame.format} ${frame.width}x${frame.height}`),
    Array(2).fill('jpeg 160x120'),
  );
  t.is(source.counters.restarts, 1);
  const starts = await double.starts();
  t.is(starts[0]?.args.join(' '), '-n -e jpg -w 160 -h 120 -t 2147483647 -tl 250 -o -');
  t.deepEqual(await stillRunning(starts.map(start => start.pid)), []);
});

test('without the program the error names the other camera stack', async t => {
  const error = await t.throwsAsync(collectFrom('raspistill:', {}, {log: silentLog, env: {PATH: '/nonexistent'}}), {
    code: 'SOURCE_FAILED',
    message: 'raspistill: raspistill is not installed',
  });
  t.regex((error as {hint?: string}).hint ?? '', /rpicam:/);
});
