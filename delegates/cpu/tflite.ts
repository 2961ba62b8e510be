import type {RunResult, Session, SessionOptions} from '../../src/delegate/contract.ts';
import type {FrameInput} from '../../src/image/input.ts';
import type {Model} from '../../src/model/model.ts';
import {toNativePicture} from '../../src/native/picture.ts';
import {findTflite} from '../../src/native/runtime.ts';
import {TfliteSession} from '../../src/native/tflite-session.ts';

/**
 * Opens a TFLite model with XNNPACK, or with the builtin kernels where asked or where XNNPACK refuses it.
 *
 * @throws {ModelUnsupportedError} the library refuses the model; operators that it lacks are named
 * @throws {NativeUnavailableError} no TFLite library
 */
export async function openTflite(model: Model, options: SessionOptions): Promise<Session> {
  const {threads, log} = options;
  const fault = options.xnnpack ? model.header.xnnpackFault : undefined;
  if (fault !== undefined) log.warn({model: model.name}, `${fault}; using the builtin kernels, which are slower`);
  const xnnpack = options.xnnpack && fault === undefined;
  const tflite = findTflite();
  if (tflite.warning !== undefined) log.warn({}, tflite.warning);
  const session = await TfliteSession.open({tflite, name: model.name, model: model.bytes, threads, xnnpack});
  let told = 0;
  const tellNotes = () => {
    for (const note of session.notes.slice(told)) log.warn({model: model.name}, note);
    told = session.notes.length;
  };
  await fixPictureShape(model, session);
  for (const tensor of session.inputs) tensor.data.fill(0);
  tellNotes();
  return {
    get engine() {
      return session.engine;
    },
    get inputs() {
      return session.inputs;
    },
    outputs: model.header.outputs,
    async run(picture?: FrameInput): Promise<RunResult> {
      const {geometry, decodeMs, preprocessMs, runMs} = await session.run(
        picture === undefined ? undefined : await nativeInput(picture),
      );
      if (session.notes.length > told) tellNotes();
      return {
        outputs: session.outputs,
        ...(geometry === undefined ? {} : {geometry}),
        timing: {decodeMs, preprocessMs, runMs},
      };
    },
    close: () => session.close(),
  };
}

async function nativeInput({inputIndex, frame, input, region}: FrameInput) {
  const picture = await toNativePicture(frame);
  return {...picture, inputIndex, input, ...(region === undefined ? {} : {region})};
}

/** A model with dynamic picture dimensions is brought to the manifest's size once. */
async function fixPictureShape(model: Model, session: TfliteSession): Promise<void> {
  if (model.image === undefined) return;
  const {index, input} = model.image;
  const channels = input.colorOrder === 'gray' ? 1 : 3;
  const wanted =
    input.layout === 'nchw' ? [1, channels, input.height, input.width] : [1, input.height, input.width, channels];
  const declared = session.inputs[index]?.shape ?? [];
  if (declared.length === 4 && String(declared) !== String(wanted)) await session.resize(index, wanted);
}
