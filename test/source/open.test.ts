import test from 'ava';
import {openSource} from '../../src/source/open.ts';
import {quiet} from '../helpers/sources.ts';

test('an unknown scheme is refused without its password', async t => {
  const error = await t.throwsAsync(openSource('gopher://me:hunter2@host/x', {}, quiet), {code: 'SOURCE_FAILED'});
  t.regex(error.message, /^gopher:\/\/host\/x: unknown kind of source "gopher:"/);
});

test('options out of range are refused by name', async t => {
  await t.throwsAsync(openSource('test:', {fps: -1}, quiet), {code: 'CONFIG_INVALID', message: /fps/});
  await t.throwsAsync(openSource('test:', {colour: 1} as never, quiet), {code: 'CONFIG_INVALID', message: /colour/});
});
