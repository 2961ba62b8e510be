const QS8 = 0x1;
const QU8 = 0x2;

/**
 * Flags for TfLiteXNNPackDelegateOptions.
 *
 * Up to 2.18 a delegate takes no quantized operators unless told so; later ones have both flags by default, and lose
 * them when the flags are set without. The value is therefore the same for every version.
 *
 * @see https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/lite/delegates/xnnpack/xnnpack_delegate.h
 */
export const xnnpackFlags = QS8 | QU8;
