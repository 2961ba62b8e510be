import type {ErrorCode} from './codes.ts';

/** Root of every error thrown on purpose; anything else that reaches the top is a bug. */
export abstract class DunlinError extends Error {
  abstract readonly code: ErrorCode;
  /** What the operator can do next: one imperative sentence, printed under the message. */
  readonly hint: string;

  constructor(message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The command line is wrong: unknown flag, missing argument, value out of range. */
export class UsageError extends DunlinError {
  readonly code = 'USAGE';
}

/** A configuration, profile or manifest file does not follow its schema. */
export class ConfigError extends DunlinError {
  readonly code = 'CONFIG_INVALID';
}

/** The model file is damaged, hostile, or of no known format; nothing native has seen it. */
export class ModelInvalidError extends DunlinError {
  readonly code = 'MODEL_INVALID';
}

/** The model is well formed but cannot be used as asked: unsupported operator, unknown task, crash in its trial run. */
export class ModelUnsupportedError extends DunlinError {
  readonly code = 'MODEL_UNSUPPORTED';
}

/** The manifest does not agree with the model, or misses what the decoder needs. */
export class ManifestError extends DunlinError {
  readonly code = 'MANIFEST_INVALID';
}

/** An output tensor has another shape or type than the family's decoder reads. */
export class OutputMismatchError extends DunlinError {
  readonly code = 'OUTPUT_MISMATCH';
}

/** An input cannot be read or decoded: missing file, damaged JPEG, wrong tensor size. */
export class InputError extends DunlinError {
  readonly code = 'INPUT_INVALID';
}

/** A device is claimed elsewhere, gone, or its library is missing. */
export class DelegateUnavailableError extends DunlinError {
  readonly code = 'DELEGATE_UNAVAILABLE';
}

/** A device that was in use is gone: its process crashed, hung or leaked, its cable was pulled, its server went away. */
export class DeviceLostError extends DunlinError {
  readonly code = 'DEVICE_LOST';
}

/** The native addon or a library that it opens at run time is missing or of the wrong version. */
export class NativeUnavailableError extends DunlinError {
  readonly code = 'NATIVE_UNAVAILABLE';
}

/** A run failed inside the engine. */
export class RunError extends DunlinError {
  readonly code = 'RUN_FAILED';
}

/** A source cannot be opened, and waiting would not help: no such file, unknown scheme, program not installed. */
export class SourceError extends DunlinError {
  readonly code = 'SOURCE_FAILED';
}

/** The broker refuses us, or a sink cannot be written. */
export class SinkError extends DunlinError {
  readonly code = 'SINK_FAILED';
}

/** A download's size or hash differs from what is pinned. */
export class IntegrityError extends DunlinError {
  readonly code = 'INTEGRITY';
}

/**
 * True where trying the same again later can help: a device or broker that may come back, a run that failed.
 * A camera or stream that may come back is waited for by its source, so a SourceError that got out is final.
 */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof SinkError ||
    error instanceof DelegateUnavailableError ||
    error instanceof DeviceLostError ||
    error instanceof RunError
  );
}
