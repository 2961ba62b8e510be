import test from 'ava';
import {redactorOf, redactUrl} from '../../src/source/redact.ts';

const rows: [string, string][] = [
  ['rtsp://cam/stream', 'rtsp://cam/stream'],
  ['rtsp://admin:p%40ss@cam:554/a?b=1', 'rtsp://cam:554/a?b=1'],
  ['rtsp://admin:p@ss@cam/a', 'rtsp://cam/a'],
  ['http://cam/video.cgi?user=a&pwd=b&size=2', 'http://cam/video.cgi?user=***&pwd=***&size=2'],
  ['https://cam/live?access_token=abc#x', 'https://cam/live?access_token=***#x'],
  ['http://cam/a@b', 'http://cam/a@b'],
];
for (const [url, expected] of rows) test(`${url} is shown as ${expected}`, t => t.is(redactUrl(url), expected));

test('secrets go from any text, decoded ones too', t => {
  const redact = redactorOf('rtsp://admin:p%40ss@cam/a?token=xyz');
  t.is(
    redact('rtsp://admin:p%40ss@cam/a?token=xyz: 401 for admin with p@ss (admin:p@ss@cam), xyz'),
    'rtsp://cam/a?token=***: 401 for admin with *** (cam), ***',
  );
});
