import {ModelInvalidError, ModelUnsupportedError} from '../error/errors.ts';

/** The error for a file that is damaged or hostile. `where` names the part: `tflite: tensor 7 "input"`. */
export function invalidModel(where: string, what: string): ModelInvalidError {
  return new ModelInvalidError(
    `${where}: ${what}`,
    'Check the file against its publisher’s checksum and copy it again, or export the model anew.',
  );
}

/** The error for a well-formed file that Dunlin cannot use. */
export function unsupportedModel(where: string, what: string, hint: string): ModelUnsupportedError {
  return new ModelUnsupportedError(`${where}: ${what}`, hint);
}

/** A name from a model file made fit for a message: control characters out, at most 60 characters. */
export function printable(text: string): string {
  const clean = text.replace(/\p{C}/gu, '?');
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}
