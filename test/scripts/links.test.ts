import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs', {recursive: true}).map(name => join('docs', String(name))),
].filter(name => name.endsWith('.md'));

test('every link from a page to another file leads somewhere', t => {
  const broken = pages.flatMap(page =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?![a-z]+:)([^)#\s]+)(#[^)\s]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter(target => !existsSync(join(dirname(page), target)))
      .map(target => `${page}: ${target}`),
  );
  t.deepEqual(broken, []);
});
