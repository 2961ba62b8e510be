import {
  DelegateUnavailableError,
  DunlinError,
  InputError,
  ModelUnsupportedError,
  NativeUnavailableError,
  RunError,
} from '../error/errors.ts';

/** `code` of an error from the addon, or undefined for any other. */
export function nativeCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Names of the operators that the library said it lacks. */
export function unresolvedOps(message: string): readonly string[] {
  const names = [...message.matchAll(/unresolved custom op: ([^\s.]+)/g)].map(match => match[1] ?? '');
  return [...new Set(names)];
}

/** What the addon threw, as an error of this package. `where` leads the message: a model's name, a library's path. */
export function toDunlinError(error: unknown, where: string): DunlinError {
  if (error instanceof DunlinError) return error;
  const message = `${where}: ${error instanceof Error ? error.message : String(error)}`;
  const cause = {cause: error};
  switch (nativeCode(error)) {
    case 'LIBRARY':
      return new NativeUnavailableError(message, 'Install the library, or give the path of one that fits.', cause);
    case 'MODEL':
    case 'ALLOCATE':
    case 'XNNPACK':
      return new ModelUnsupportedError(message, modelHint(message), cause);
    case 'DELEGATE':
      return new DelegateUnavailableError(
        message,
        'Check that the device is connected and its driver installed.',
        cause,
      );
    case 'PICTURE':
      return new InputError(
        message,
        'Check that the picture is complete and of the format that its source says.',
        cause,
      );
    default:
      return new RunError(
        message,
        'Close the session and open it again; if it fails every time, use another delegate.',
        cause,
      );
  }
}

function modelHint(message: string): string {
  const names = unresolvedOps(message);
  if (names.includes('edgetpu-custom-op'))
    return 'This model is compiled for the Edge TPU; use that delegate, or the CPU version.';
  if (names.length > 0) return `Use a version of the model without ${names.join(', ')}, or a delegate that knows it.`;
  return 'Convert the model again with a current TensorFlow, or use another delegate.';
}
