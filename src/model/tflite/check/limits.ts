/** Elements of one tensor: kernels count in 32-bit integers. */
export const maxElements = 2 ** 31 - 1;
/** Bytes of one tensor. */
export const maxTensorBytes = 2 ** 30;
/** Bytes of all tensors alive at once; more than any board of the profile table could hold. */
export const maxLiveBytes = 2 ** 31;
/** Dimensions of a shape: more than any kernel takes. */
export const maxRank = 8;
