import test from 'ava';
import fc from 'fast-check';
import {boundaryOf, MultipartParser} from '../../../src/source/http/multipart.ts';

const rows: [string, string | undefined][] = [
  ['multipart/x-mixed-replace; boundary=frame', 'frame'],
  ['multipart/x-mixed-replace;boundary="my frame"', 'my frame'],
  ['multipart/x-mixed-replace; boundary=--myboundary', 'myboundary'],
  ['Multipart/X-Mixed-Replace; charset=x; Boundary=B', 'B'],
  ['multipart/x-mixed-replace', undefined],
  ['image/jpeg', undefined],
];
for (const [type, boundary] of rows) {
  test(`the boundary of ${type} is ${boundary}`, t => t.is(boundaryOf(type), boundary));
}

function parse(chunks: readonly Uint8Array[]): string[] {
  const parts = [''];
  const parser = new MultipartParser('b', {
    onBytes: bytes => parts.push((parts.pop() ?? '') + Buffer.from(bytes).toString('latin1')),
    onPartEnd: () => parts.push(''),
  });
  for (const chunk of chunks) parser.push(chunk);
  return parts;
}

const stream = '--b\r\nContent-Type: image/jpeg\r\nContent-Length: 999\r\n\r\none-\r\n--b\nX: y\n\n-two\r\n--b--\r\n';
const parsed = ['', 'one-\r\n', '-two\r\n', ''];

test('parts come without boundaries and headers, whatever lengths they declare', t => {
  t.deepEqual(parse([Buffer.from(stream)]), parsed);
});

test('the cut of the chunks does not matter', t => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), {maxLength: 20}), cuts => {
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const chunks = edges.slice(1).map((end, index) => Buffer.from(stream.slice(edges[index], end)));
        return JSON.stringify(parse(chunks)) === JSON.stringify(parsed);
      }),
    ),
  );
});

test('bytes are passed on before the next boundary comes', t => {
  t.deepEqual(parse([Buffer.from('--b\r\n\r\nhalf of it -')]), ['', 'half of it ']);
});

test('a header without an end is given up after 16 KiB', t => {
  const [, part] = parse([Buffer.from(`--b${'x'.repeat(16_384)}`), Buffer.from('y')]);
  t.is(part?.length, 16_385);
});
