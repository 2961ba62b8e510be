import test from 'ava';
import {createConsoleSink} from '../../src/sink/console.ts';
import {detectMessage, runningState, startEvent} from './mqtt/samples.ts';

test('each event is one line, and a status only when it changes', async t => {
  const lines: string[] = [];
  const sink = createConsoleSink(line => lines.push(line.replace(/^\d\d:\d\d:\d\d/, 'TIME')));
  await sink.start();
  sink.publishState(runningState);
  sink.publishState({...runningState, fps: 3});
  sink.publishResult(detectMessage);
  sink.publishEvent({...startEvent, label: 'two\nlines'});
  sink.publishState({...runningState, status: 'stalled', reason: 'no frame for 5 s'});
  await sink.stop(0);
  await sink.stop(0);
  t.deepEqual(lines, [
    'TIME  door  running\n',
    'TIME  door  two·lines began, 75 %, 2 in view, at 10,20 size 30x41\n',
    'TIME  door  stalled: no frame for 5 s\n',
  ]);
});
