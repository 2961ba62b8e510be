import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {type Measurement, measuredP50, orderByMeasured, readMeasured, saveMeasured} from '../../src/engine/measured.ts';

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'dunlin-measured-'));
  t.teardown(() => rmSync(path, {recursive: true}));
  return path;
}

const entry = (delegate: string, p50Ms: number, more: Partial<Measurement> = {}): Measurement => ({
  ...{model: 'aa', delegate, device: `${delegate}:0`, engine: 'tflite', p50Ms, runs: 100, at: '2026-11-01T00:00:00Z'},
  ...more,
});

test('what was saved is read again, and a newer measurement of the same thing replaces the older', t => {
  const cacheDir = join(folder(t), 'new');
  saveMeasured(cacheDir, [entry('cpu', 9), entry('edgetpu', 3)]);
  saveMeasured(cacheDir, [entry('cpu', 7)]);
  t.deepEqual(readMeasured(cacheDir), [entry('edgetpu', 3), entry('cpu', 7)]);
  t.deepEqual(readdirSync(cacheDir), ['measured.json']);
});

for (const text of ['', '{"v": 1', '[]', '{"v": 2, "entries": []}', '{"v": 1, "entries": [{"model": 1}]}']) {
  test(`a damaged file is as good as none: ${text || 'empty'}`, t => {
    const cacheDir = folder(t);
    writeFileSync(join(cacheDir, 'measured.json'), text);
    t.deepEqual(readMeasured(cacheDir), []);
    saveMeasured(cacheDir, [entry('cpu', 7)]);
    t.is(readMeasured(cacheDir).length, 1);
  });
}

test('a folder that cannot be written is an error with a hint', t => {
  t.throws(() => saveMeasured('/dev/null/x', [entry('cpu', 1)]), {code: 'SINK_FAILED', message: /measured\.json/});
});

test('a model is looked up by its hash, on one device or on the fastest of a delegate', t => {
  const entries = [entry('cpu', 9), entry('edgetpu', 3), entry('edgetpu', 2, {device: 'pci:0'})];
  t.is(measuredP50(entries, 'aa', 'edgetpu', 'edgetpu:0'), 3);
  t.is(measuredP50(entries, 'aa', 'edgetpu'), 2);
  t.is(measuredP50(entries, 'bb', 'cpu'), undefined);
});

test('measured delegates are sorted among their places, and others keep theirs', t => {
  const entries = [entry('cpu', 4), entry('movidius', 9), entry('jetson', 6)];
  const order = orderByMeasured(['movidius', 'edgetpu', 'jetson', 'cpu'], entries, 'aa');
  t.deepEqual(order, ['cpu', 'edgetpu', 'jetson', 'movidius']);
  t.deepEqual(orderByMeasured(['edgetpu', 'cpu'], entries, 'aa'), ['edgetpu', 'cpu']);
  t.deepEqual(orderByMeasured(['movidius', 'cpu'], entries, 'bb'), ['movidius', 'cpu']);
});
