import {remote} from '../../delegates/remote/index.ts';
import {loadModel} from '../../src/model/load.ts';
import type {Model} from '../../src/model/model.ts';
import type {Tensor} from '../../src/tensor/tensor.ts';
import {byteSize} from '../../src/tensor/tensor.ts';
import {answerStatus, ModelServer, type Fault as ServerFault, whenInferring} from '../delegates/remote/model-server.ts';
import {createDelegate} from '../helpers/delegate.ts';
import {sharedData} from '../helpers/shared-data.ts';
import type {Bed} from './bed.ts';
import {type Fault, faultMatrix} from './matrix.ts';

/** What the server can be told, by the words of an order. */
const serverFaults: Readonly<Record<string, ServerFault>> = {
  'hang=run': whenInferring(() => undefined),
  'crash=run': whenInferring(request => request.socket.resetAndDestroy()),
  'fail=run': answerStatus(500),
  'garbage=run': whenInferring((_request, response) => response.writeHead(200).end('{"outputs": 7')),
  'forbid=run': answerStatus(401),
  'hang=open': () => true,
};

async function start(): Promise<Bed> {
  const model = await loadModel(sharedData('models', 'mobilenet_v1_0.25_128_quant.tflite'));
  const server = await new ModelServer({model, compute: () => answer(model)}).start();
  let isGone = false;
  return {
    models: {primary: model, for: () => model},
    delegate: hosts => createDelegate(remote, {url: server.url, timeoutMs: 400, circuit: {resetMs: 50}}, {hosts}),
    async order(first) {
      server.fault = first === undefined ? undefined : serverFaults[first];
      if (first === 'gone') await server.stop();
      else if (isGone) await server.start();
      isGone = first === 'gone';
    },
    stop: () => server.stop(),
  };
}

function answer(model: Model): Tensor[] {
  return model.header.outputs.map(spec => ({...spec, data: new Uint8Array(byteSize(spec))}));
}

const at = (moment: Fault['moment'], name: string, order: string, cause: RegExp): Fault => ({
  name,
  moment,
  orders: [order],
  cause,
});

faultMatrix('remote', start, [
  at('run', 'hangs', 'hang=run', /did not answer|no answer/),
  at('run', 'cuts connections', 'crash=run', /closed|reset|cut/),
  at('run', 'fails', 'fail=run', /500/),
  at('run', 'answers garbage', 'garbage=run', /\w/),
  at('run', 'forbids', 'forbid=run', /401/),
  at('run', 'goes away', 'gone', /nothing listens/),
  at('warm-up', 'fails while it is warmed up', 'fail=run', /500/),
  at('probe', 'never answers when probed', 'hang=open', /answer/),
  at('open', 'is not there at the start', 'gone', /nothing listens/),
  at('open', 'never answers at the start', 'hang=open', /answer/),
]);
