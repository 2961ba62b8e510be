import type {SegmentResult} from '../task/result.ts';

/**
 * A segmentation mask as an 8-bit gray PNG whose pixel values are the class indices, `width` x `height` of the result.
 *
 * @throws {RangeError} `mask` has another number of pixels
 */
export async function maskToPng({
  width,
  height,
  mask,
}: Pick<SegmentResult, 'width' | 'height' | 'mask'>): Promise<Uint8Array> {
  if (mask.length !== width * height)
    throw new RangeError(`mask of ${mask.length} pixels, expected ${width} x ${height}`);
  const {default: sharp} = await import('sharp');
  return sharp(mask, {raw: {width, height, channels: 1}})
    .toColourspace('b-w')
    .png()
    .toBuffer();
}
