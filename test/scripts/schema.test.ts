import {readFile} from 'node:fs/promises';
import test from 'ava';
import {generatedFiles} from '../../scripts/schema.ts';

for (const {path, text} of generatedFiles()) {
  test(`${path} is what "npm run schema" writes`, async t => {
    t.is(await readFile(path, 'utf8'), text);
  });
}
