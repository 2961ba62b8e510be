import type {Result} from '../task/result.ts';
import {styled, type Terminal, table} from './terminal.ts';

interface Rendered {
  readonly input: string;
  readonly result: Result;
  readonly delegate: {readonly id: string; readonly engine: string};
  readonly timing: {
    readonly decodeMs: number;
    readonly preprocessMs: number;
    readonly runMs: number;
    readonly totalMs: number;
  };
}

/** One input's result as a person reads it. */
export function renderResult({input, result, delegate, timing}: Rendered, terminal: Terminal): string {
  const head = styled(terminal, 'bold', input);
  const times = `${timing.totalMs.toFixed(1)} ms (decode ${timing.decodeMs.toFixed(1)}, preprocess ${timing.preprocessMs.toFixed(1)}, run ${timing.runMs.toFixed(1)})`;
  return `${head}  ${styled(terminal, 'dim', `${times} on ${delegate.id}, ${delegate.engine}`)}\n${rows(result)}`;
}

function rows(result: Result): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const indent = (text: string) => text.replaceAll(/^(?=.)/gm, '  ');
  switch (result.task) {
    case 'classify':
      return indent(
        table(result.classes.map(({score, label, index}) => [percent(score).padStart(7), label, `#${index}`])),
      );
    case 'detect':
      if (result.detections.length === 0) return '  nothing above the threshold\n';
      return indent(
        table(
          result.detections.map(({score, label, box}) => [
            percent(score).padStart(7),
            label,
            `x ${Math.round(box.x)}, y ${Math.round(box.y)}, ${Math.round(box.width)} × ${Math.round(box.height)} px`,
          ]),
        ),
      );
    case 'segment':
      return indent(
        table(result.classes.map(({fraction, label, index}) => [percent(fraction).padStart(7), label, `#${index}`])),
      );
    case 'tensor':
      return indent(table(result.outputs.map(({name, dtype, shape}) => [name, dtype, `[${shape.join(', ')}]`])));
  }
}
