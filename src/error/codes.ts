/** Every error code and its process exit status; `docs/errors.md` explains each, and a test keeps the two in step. */
export const exitStatusByCode = {
  USAGE: 2,
  CONFIG_INVALID: 2,
  MODEL_INVALID: 3,
  MODEL_UNSUPPORTED: 3,
  MANIFEST_INVALID: 3,
  OUTPUT_MISMATCH: 3,
  INPUT_INVALID: 4,
  SOURCE_FAILED: 4,
  DELEGATE_UNAVAILABLE: 5,
  DEVICE_LOST: 5,
  NATIVE_UNAVAILABLE: 5,
  RUN_FAILED: 5,
  SINK_FAILED: 6,
  INTEGRITY: 3,
} as const;

export type ErrorCode = keyof typeof exitStatusByCode;
