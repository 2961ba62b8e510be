import {performance} from 'node:perf_hooks';
import type {InferenceSession, Tensor as OrtTensor} from 'onnxruntime-node';
import type {RunResult, Session, SessionOptions} from '../../src/delegate/contract.ts';
import {ModelUnsupportedError, RunError} from '../../src/error/errors.ts';
import type {FrameInput} from '../../src/image/input.ts';
import {concreteShape} from '../../src/model/concrete-shape.ts';
import type {Model} from '../../src/model/model.ts';
import {openPictureLane} from '../../src/native/picture-lane.ts';
import {bigView, numberView} from '../../src/tensor/read.ts';
import {byteSize, type Tensor, type TensorSpec} from '../../src/tensor/tensor.ts';

type Ort = typeof import('onnxruntime-node');

/**
 * Opens an ONNX model with onnxruntime. Its `run()` computes on the calling thread: call it from a pipeline worker,
 * never from the daemon's main thread.
 *
 * @throws {ModelUnsupportedError} onnxruntime refuses the model, with its words
 */
export async function openOnnx(model: Model, options: SessionOptions): Promise<Session> {
  const {default: ort} = (await import('onnxruntime-node')) as unknown as {default: Ort};
  const session = await createSession(ort, model, options);
  const lane = openPictureLane('onnx');
  const inputs = model.header.inputs.map((spec, index) =>
    allocate({...spec, shape: concreteShape(spec, index, model)}),
  );
  const feeds = Object.fromEntries(inputs.map(tensor => [tensor.name, view(ort, tensor)]));
  let closed = false;
  return {
    engine: `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}`,
    inputs,
    outputs: model.header.outputs,
    async run(picture?: FrameInput): Promise<RunResult> {
      if (closed) throw new RunError(`${model.name}: the session is closed`, 'Open the model again.');
      const prepared =
        picture === undefined ? undefined : await lane.prepare(picture, inputs[picture.inputIndex]!.data);
      const startedAt = performance.now();
      const outputs = await compute(session, feeds, model);
      return {
        outputs,
        ...(prepared?.geometry === undefined ? {} : {geometry: prepared.geometry}),
        timing: {
          decodeMs: prepared?.decodeMs ?? 0,
          preprocessMs: prepared?.preprocessMs ?? 0,
          runMs: performance.now() - startedAt,
        },
      };
    },
    async close() {
      if (closed) return;
      closed = true;
      await lane.close();
      await session.release();
    },
  };
}

async function createSession(ort: Ort, model: Model, options: SessionOptions): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(model.bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new ModelUnsupportedError(
      `${model.path}: onnxruntime refuses it: ${firstLine(error)}`,
      'Export the model again with standard operators and an opset that onnxruntime knows.',
      {cause: error},
    );
  }
}

async function compute(
  session: InferenceSession,
  feeds: Record<string, OrtTensor>,
  model: Model,
): Promise<readonly Tensor[]> {
  try {
    const results = await session.run(feeds);
    return model.header.outputs.map(spec => toTensor(spec, results[spec.name]!));
  } catch (error) {
    throw new RunError(
      `${model.name}: onnxruntime failed: ${firstLine(error)}`,
      'Check the input shapes with `dunlin inspect`.',
      {
        cause: error,
      },
    );
  }
}

function allocate(spec: TensorSpec): Tensor {
  return {...spec, data: new Uint8Array(new ArrayBuffer(byteSize(spec)))};
}

/** An onnxruntime tensor over the same memory. */
function view(ort: Ort, {dtype, shape, data}: Tensor): OrtTensor {
  const values = dtype === 'int64' || dtype === 'uint64' ? bigView(dtype, data) : numberView(dtype, data);
  return new ort.Tensor(dtype, values as never, [...shape]) as OrtTensor;
}

function toTensor(spec: TensorSpec, value: OrtTensor): Tensor {
  const {buffer, byteOffset, byteLength} = value.data as Uint8Array;
  return {...spec, shape: value.dims, data: new Uint8Array(buffer, byteOffset, byteLength)};
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 400);
}
