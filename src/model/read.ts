import {ModelInvalidError} from '../error/errors.ts';
import type {ModelContents} from './contents.ts';
import {looksLikeOnnx, readOnnx} from './onnx/contents.ts';
import {readTflite} from './tflite/contents.ts';
import {isTflite} from './tflite/file.ts';

/**
 * Reads and verifies a model file of either format, told apart by content (ONNX has no identifier: its ending helps).
 *
 * @param where the file, for messages
 * @throws {ModelInvalidError} damaged, hostile, or of no known format
 * @throws {ModelUnsupportedError} well formed, but not to be used
 */
export function readModel(bytes: Uint8Array, where: string): ModelContents {
  if (isTflite(bytes)) return readTflite(bytes);
  if (looksLikeOnnx(bytes) || (where.endsWith('.onnx') && bytes.length > 0)) return readOnnx(bytes);
  throw new ModelInvalidError(`${where}: neither a TFLite nor an ONNX model`, 'Give a .tflite or .onnx file.');
}
