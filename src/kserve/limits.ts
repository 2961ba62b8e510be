/** What a message may claim before it is refused; sizes in bytes. */
export interface WireLimits {
  /** The JSON part. Parsing takes up to about twelve times this in memory, for lists of empty lists. */
  readonly jsonBytes: number;
  /** Data of one tensor. */
  readonly tensorBytes: number;
  /** Tensors in one message. */
  readonly tensors: number;
  readonly rank: number;
  /** Characters of a tensor's name. */
  readonly nameLength: number;
}

export const defaultLimits: WireLimits = {
  jsonBytes: 64 * 1024 * 1024,
  tensorBytes: 256 * 1024 * 1024,
  tensors: 256,
  rank: 16,
  nameLength: 1024,
};
