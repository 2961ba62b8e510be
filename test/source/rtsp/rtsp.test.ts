import test from 'ava';
import type {Frame} from '../../../src/image/frame.ts';
import {openSource} from '../../../src/source/open.ts';
import {childrenReading} from '../../helpers/processes.ts';
import {startRtspServer} from '../../helpers/rtsp.ts';
import {collect, hasty, healthChange, quiet} from '../../helpers/sources.ts';

for (const codec of ['h264', 'h265']) {
  for (const rtspTransport of ['tcp', 'udp'] as const) {
    test.serial(`an ${codec} stream over ${rtspTransport} comes as decoded frames`, async t => {
      const {port} = await startRtspServer(t);
      const source = await openSource(
        `rtsp://127.0.0.1:${port}/${codec}`,
        {...hasty, stallAfterS: 10, rtspTransport},
        quiet,
      );
      const frames = await collect(source, 3);
      t.true(source.live);
      t.deepEqual(
        frames.map(({width, height, format}) => `${width}x${height} ${format}`),
        Array(3).fill('320x240 i420'),
      );
      t.true(lumaRange(frames[2]) > 100);
      t.deepEqual(source.health, {status: 'ok'});
      t.deepEqual(await childrenReading(`127.0.0.1:${port}`), []);
    });
  }
}

test.serial('a stream is scaled and slowed where asked', async t => {
  const {port} = await startRtspServer(t);
  const source = await openSource(
    `rtsp://127.0.0.1:${port}/h264`,
    {...hasty, stallAfterS: 10, width: 160, fps: 5},
    quiet,
  );
  const [first, , third] = await collect(source, 3);
  t.deepEqual([first?.width, first?.height], [160, 120]);
  t.true(Number((third?.capturedAtNs ?? 0n) - (first?.capturedAtNs ?? 0n)) > 0.2e9);
});

test.serial('a server that went away and came back with another resolution is taken up again', async t => {
  const first = await startRtspServer(t);
  const source = await openSource(`rtsp://127.0.0.1:${first.port}/h264`, {...hasty, startWithinS: 3}, quiet);
  const controller = new AbortController();
  const sizes = new Set<string>();
  for await (const frame of source.frames(controller.signal)) {
    sizes.add(`${frame.width}x${frame.height}`);
    if (sizes.size === 1 && first.process.signalCode === null) {
      const lost = healthChange(source, health => health.status === 'restarting');
      await first.stop();
      t.regex((await lost).reason ?? '', /starting again in \d+ ms/);
      await startRtspServer(t, {port: first.port, size: '160x120'});
    }
    if (sizes.size === 2) controller.abort();
  }
  t.deepEqual([...sizes], ['320x240', '160x120']);
  t.true(source.counters.restarts > 0);
});

test.serial('an ffmpeg that is stopped is killed and replaced', async t => {
  const {port} = await startRtspServer(t);
  const uri = `rtsp://127.0.0.1:${port}/h264`;
  const source = await openSource(uri, {...hasty, startWithinS: 5}, quiet);
  const controller = new AbortController();
  let stopped: number[] = [];
  for await (const _frame of source.frames(controller.signal)) {
    if (stopped.length === 0) {
      stopped = await childrenReading(uri);
      const stalled = healthChange(source, health => health.status === 'stalled');
      const recovered = healthChange(source, health => health.status === 'ok');
      for (const pid of stopped) process.kill(pid, 'SIGSTOP');
      t.regex((await stalled).reason ?? '', /^no frame for 0\.\d s$/);
      await recovered;
      t.deepEqual(
        (await childrenReading(uri)).filter(pid => stopped.includes(pid)),
        [],
      );
    } else if (source.counters.restarts > 0) controller.abort();
  }
  t.is(stopped.length, 1);
  t.deepEqual(await childrenReading(uri), []);
});

for (const auth of ['basic', 'digest'] as const) {
  test.serial(`user and password are given by ${auth} authentication, and told to nobody`, async t => {
    const {port} = await startRtspServer(t, {auth});
    const lines: string[] = [];
    const note = (fields: object, message: string) => void lines.push(message + JSON.stringify(fields));
    const log = {debug: note, info: note, warn: note, error: note, child: () => log};
    const right = await openSource(`rtsp://admin:p%40ss%2Fword@127.0.0.1:${port}/private`, hasty, {log});
    t.is((await collect(right, 1)).length, 1);
    t.is(right.name, `rtsp://127.0.0.1:${port}/private`);
    const wrong = await openSource(`rtsp://admin:hunter2@127.0.0.1:${port}/private`, hasty, {log});
    const refused = healthChange(wrong, health => health.status === 'restarting');
    const controller = new AbortController();
    const ended = (async () => {
      for await (const _frame of wrong.frames(controller.signal)) t.fail();
    })();
    t.regex((await refused).reason ?? '', /401 Unauthorized/);
    controller.abort();
    await ended;
    t.true(lines.length > 2);
    t.false(/hunter2|p%40ss|p@ss/.test(lines.join('\n') + JSON.stringify(wrong.health)));
  });
}

/** Difference between the lightest and the darkest luma: a picture, not one flat colour. */
function lumaRange(frame: Frame | undefined): number {
  const luma = frame?.data.subarray(0, frame.width * frame.height) ?? new Uint8Array(1);
  return luma.reduce((a, b) => Math.max(a, b), 0) - luma.reduce((a, b) => Math.min(a, b), 255);
}
