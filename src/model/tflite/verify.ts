import {invalidModel} from '../invalid.ts';
import {checkCalls} from './check/calls.ts';
import {checkGraph} from './check/graph.ts';
import {checkLiveBytes} from './check/memory.ts';
import {checkShapes} from './check/shapes.ts';
import {checkTensors} from './check/tensors.ts';
import {checkVariables} from './check/variables.ts';
import type {TfliteFile, TfliteSignature} from './file.ts';

/** Far more than any converter writes; bounds the depth of calls. */
const maxSubgraphs = 1000;

/**
 * Checks what a file means, after its structure has been read: native code then sees only graphs whose indices, shapes and
 * sizes agree with one another.
 *
 * @throws {ModelInvalidError} names the tensor or operator and what is wrong with it
 */
export function verifyTflite(file: TfliteFile): void {
  const main = file.subgraphs[0];
  if (!main) throw invalidModel('tflite', 'the file has no subgraph');
  if (file.subgraphs.length > maxSubgraphs) throw invalidModel('tflite', `${file.subgraphs.length} subgraphs`);
  if (main.inputs.length === 0 || main.outputs.length === 0) {
    throw invalidModel('tflite', `${main.inputs.length} inputs and ${main.outputs.length} outputs`);
  }
  const shapes = file.subgraphs.map(subgraph => {
    checkTensors(subgraph);
    checkGraph(subgraph);
    const known = checkShapes(subgraph);
    checkLiveBytes(subgraph, known);
    return known;
  });
  checkCalls(file);
  checkVariables(file, shapes);
  for (const signature of file.signatures) checkSignature(file, signature);
}

function checkSignature(file: TfliteFile, {key, subgraph, inputs, outputs}: TfliteSignature): void {
  const target = file.subgraphs[subgraph];
  if (!target) throw invalidModel(`tflite: signature "${key}"`, `names subgraph ${subgraph}`);
  const outside = [...inputs, ...outputs].find(({tensorIndex}) => tensorIndex >= target.tensors.length);
  if (outside) throw invalidModel(`tflite: signature "${key}"`, `names tensor ${outside.tensorIndex}`);
}
