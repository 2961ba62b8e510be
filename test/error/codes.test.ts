import {readFileSync} from 'node:fs';
import test from 'ava';
import {exitStatusByCode} from '../../src/error/codes.ts';
import {DelegateUnavailableError, isRetryable, ModelInvalidError, SourceError} from '../../src/error/errors.ts';
import {packageRoot} from '../../src/native/package-root.ts';

const page = readFileSync(`${packageRoot}/docs/errors.md`, 'utf8');
const documented = new Map(
  [...page.matchAll(/^\| `([A-Z_]+)` \| (\d+) \|/gm)].map(([, code, status]) => [code, Number(status)]),
);

test('docs/errors.md explains every code with its exit status, and no other', t => {
  t.deepEqual(Object.fromEntries(documented), {...exitStatusByCode});
});

test('a device that may come back is retryable; a damaged model or a source that gave up is not', t => {
  t.false(isRetryable(new SourceError('clip.mp4: no such file', 'Check the path.')));
  t.true(isRetryable(new DelegateUnavailableError('edgetpu: gone', 'Plug it in.')));
  t.false(isRetryable(new ModelInvalidError('m.tflite: cut off', 'Fetch it again.')));
});
