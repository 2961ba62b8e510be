import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import test from 'ava';
import {openSource} from '../../../src/source/open.ts';
import {makeJpeg, scratchDirectory} from '../../helpers/media.ts';
import {part, sendMultipart, startHttpCamera} from '../../helpers/mjpeg-server.ts';
import {collect, hasty, healthChange, quiet} from '../../helpers/sources.ts';

const directory = await scratchDirectory();
const small = await readFile(await makeJpeg(join(directory, 'small.jpg'), '160x120'));
const large = await readFile(await makeJpeg(join(directory, 'large.jpg'), '640x480'));

test('an MJPEG stream comes undecoded, one frame as soon as its last byte is there', async t => {
  const address = await startHttpCamera(t, (_request, response) => sendMultipart(response, [part(large)]));
  const source = await openSource(`${address}/stream`, hasty, quiet);
  const [frame] = await collect(source, 1);
  t.like(frame, {format: 'jpeg', width: 640, height: 480, sequence: 0});
  t.true(large.equals(frame?.data ?? Buffer.alloc(0)));
});

test('a boundary written with its dashes, parts without headers and LF alone are understood', async t => {
  const bare = Buffer.concat([Buffer.from('--cam\n\n'), small, Buffer.from('\n')]);
  const address = await startHttpCamera(t, (_request, response) =>
    sendMultipart(response, [bare, bare, bare], '--cam'),
  );
  const source = await openSource(address, hasty, quiet);
  t.is((await collect(source, 1))[0]?.width, 160);
  t.is(source.counters.bad, 0);
});

test('a part that is cut off is bad and the next one good', async t => {
  const address = await startHttpCamera(t, (_request, response) =>
    sendMultipart(response, [part(large.subarray(0, 3000)), part(small)]),
  );
  const source = await openSource(address, hasty, quiet);
  t.is((await collect(source, 1))[0]?.width, 160);
  t.like(source.counters, {captured: 1, bad: 1});
});

test('a stream that breaks off is opened again', async t => {
  let requests = 0;
  const address = await startHttpCamera(t, (_request, response) => {
    requests += 1;
    sendMultipart(response, [part(requests === 1 ? small : large), part(large).subarray(0, 5000)]);
    if (requests === 1) setImmediate(() => response.destroy());
  });
  const source = await openSource(address, hasty, quiet);
  const lost = healthChange(source, health => health.status === 'restarting');
  const widths = (await collect(source, 2)).map(frame => frame.width);
  t.deepEqual(widths, [160, 640]);
  t.regex((await lost).reason ?? '', /connection lost/);
  t.is(source.counters.restarts, 1);
});

test('a stream that falls silent is opened again', async t => {
  const address = await startHttpCamera(t, (_request, response) => sendMultipart(response, [part(small)]));
  const source = await openSource(address, {...hasty, stallAfterS: 0.1}, quiet);
  const stalled = healthChange(source, health => health.status === 'stalled');
  t.is((await collect(source, 2)).length, 2);
  t.regex((await stalled).reason ?? '', /^no frame for/);
});

test('an address that gives one picture is asked again and again', async t => {
  let requests = 0;
  const address = await startHttpCamera(t, (_request, response) => {
    requests += 1;
    response.writeHead(200, {'Content-Type': 'image/jpeg', 'Content-Length': small.length}).end(small);
  });
  const source = await openSource(address, {...hasty, fps: 50}, quiet);
  t.is((await collect(source, 3)).length, 3);
  t.true(requests >= 3);
  t.is(source.counters.restarts, 0);
});

test('user and password answer a Basic challenge and follow a redirect on the same host only', async t => {
  const seen: (string | undefined)[] = [];
  const other = await startHttpCamera(t, (request, response) => {
    seen.push(request.headers.authorization);
    sendMultipart(response, [part(small)]);
  });
  const address = await startHttpCamera(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, {Location: request.url === '/' ? '/second' : other}).end();
  });
  const source = await openSource(address.replace('//', '//me:s%65cret@'), hasty, quiet);
  t.is((await collect(source, 1)).length, 1);
  t.deepEqual(seen, ['Basic bWU6c2VjcmV0', 'Basic bWU6c2VjcmV0', undefined]);
  t.is(source.name, `${address}/`.slice(0, -1));
});

test('a Digest challenge is answered', async t => {
  const answers: string[] = [];
  const address = await startHttpCamera(t, (request, response) => {
    const {authorization = ''} = request.headers;
    if (authorization.startsWith('Digest')) {
      answers.push(authorization);
      sendMultipart(response, [part(small)]);
    } else response.writeHead(401, {'WWW-Authenticate': 'Digest realm="r", nonce="n", qop="auth"'}).end();
  });
  const source = await openSource(`${address.replace('//', '//u:p@')}/a?b=c`, hasty, quiet);
  t.is((await collect(source, 1)).length, 1);
  t.regex(answers[0] ?? '', /username="u".*uri="\/a\?b=c".*qop=auth/);
});

const refusals: [string, number, string, RegExp][] = [
  ['a page', 200, 'text/html', /expected an MJPEG stream or a JPEG picture, got text\/html/],
  ['an error', 404, 'text/html', /HTTP 404 Not Found/],
  ['a locked door', 401, 'text/html', /HTTP 401 Unauthorized/],
];
for (const [what, status, type, reason] of refusals) {
  test(`${what} instead of pictures is told, and tried again`, async t => {
    let requests = 0;
    const address = await startHttpCamera(t, (_request, response) => {
      requests += 1;
      if (requests > 1) sendMultipart(response, [part(small)]);
      else response.writeHead(status, {'Content-Type': type}).end('<html>no</html>');
    });
    const source = await openSource(address, hasty, quiet);
    const refused = healthChange(source, health => health.status === 'restarting');
    t.is((await collect(source, 1)).length, 1);
    t.regex((await refused).reason ?? '', reason);
  });
}

test('a frame over maxFrameBytes is bad', async t => {
  const address = await startHttpCamera(t, (_request, response) => sendMultipart(response, [part(large), part(small)]));
  const source = await openSource(address, {...hasty, maxFrameBytes: small.length}, quiet);
  t.is((await collect(source, 1))[0]?.width, 160);
  t.is(source.counters.bad, 1);
});
