import type {ExecutionContext} from 'ava';
import {remote} from '../../../delegates/remote/index.ts';
import type {Delegate, DelegateContext, Session, SessionOptions} from '../../../src/delegate/contract.ts';
import {silentLog} from '../../../src/log/log.ts';
import {loadModel} from '../../../src/model/load.ts';
import type {Model} from '../../../src/model/model.ts';
import type {Tensor} from '../../../src/tensor/tensor.ts';
import {createDelegate} from '../../helpers/delegate.ts';
import {sharedData} from '../../helpers/shared-data.ts';
import {ModelServer, type ServerSettings} from './model-server.ts';

export const sessionOptions: SessionOptions = {threads: 1, xnnpack: true, log: silentLog};

/** float32 [1, 1] in and out. */
export const helloWorld = () => loadModel(sharedData('models', 'hello_world_float.tflite'));

/** What no engine would compute from the model's file: the server did it. */
export function plusOne(model: Model): (inputs: readonly Tensor[]) => Tensor[] {
  return ([input]) => {
    const value = new DataView(input!.data.buffer, input!.data.byteOffset).getFloat32(0, true);
    return [{...model.header.outputs[0]!, shape: [1, 1], data: new Uint8Array(Float32Array.of(value + 1).buffer)}];
  };
}

/** A server of the small model, stopped after the test. */
export async function serve(t: ExecutionContext, settings: Partial<ServerSettings> = {}) {
  const model = settings.model ?? (await helloWorld());
  const server = await new ModelServer({model, compute: plusOne(model), ...settings}).start();
  t.teardown(() => server.stop());
  return {server, model};
}

export function connect(options: Readonly<Record<string, unknown>>, context: Partial<DelegateContext> = {}): Delegate {
  return createDelegate(remote, options, context);
}

/** The first device's session, closed after the test. */
export async function openOn(
  t: ExecutionContext,
  delegate: Delegate,
  model: Model,
  options: Partial<SessionOptions> = {},
): Promise<Session> {
  const [device] = await delegate.probe();
  if (device?.problem !== undefined) throw new Error(`${device.problem.reason}; ${device.problem.remedy}`);
  const session = await delegate.open(model, device!, {...sessionOptions, ...options});
  t.teardown(() => session.close());
  return session;
}

/** One float through the small model. */
export async function runWith(session: Session, value: number): Promise<number> {
  new Float32Array(session.inputs[0]!.data.buffer)[0] = value;
  const {outputs} = await session.run();
  const {data} = outputs[0]!;
  return new DataView(data.buffer, data.byteOffset).getFloat32(0, true);
}
