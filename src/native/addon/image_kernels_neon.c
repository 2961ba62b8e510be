/* The passes with NEON; weights are split as for AVX2, and sums may wrap in the same way. Rows one at a time. */
#if defined(__aarch64__)
#include "image_kernels.h"

#include <arm_neon.h>
#include <string.h>

/* Lanes: low_a and low_b hold four 32-bit sums of two channels each, high eight 16-bit ones. */
struct sums {
  int32x4_t low_a, low_b, low_c, low_d;
  int16x8_t high_a, high_b;
};

static inline uint8x16_t gathering_order(int channels) {
  uint8_t order[16];
  for (int i = 0; i < 16; i++) order[i] = (i >> 2) < channels ? (uint8_t)((i & 3) * channels + (i >> 2)) : 0xff;
  return vld1q_u8(order);
}

/* Four taps of each channel lie in four neighbouring lanes. */
static inline void add_taps(struct sums *sums, uint8x16_t taps, int16x4_t low, int16x8_t high, int channels) {
  int16x8_t ab = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(taps)));
  sums->low_a = vmlal_s16(sums->low_a, vget_low_s16(ab), low);
  sums->high_a = vmlaq_s16(sums->high_a, ab, high);
  if (channels > 1) sums->low_b = vmlal_s16(sums->low_b, vget_high_s16(ab), low);
  if (channels < 3) return;
  int16x8_t cd = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(taps)));
  sums->low_c = vmlal_s16(sums->low_c, vget_low_s16(cd), low);
  sums->high_b = vmlaq_s16(sums->high_b, cd, high);
  if (channels > 3) sums->low_d = vmlal_s16(sums->low_d, vget_high_s16(cd), low);
}

static inline int32x4_t joined(int32x4_t low, int16x4_t high) {
  return vaddq_s32(low, vshll_n_s16(high, 16));
}

static inline int32x4_t pixel_sums(const struct sums *sums) {
  int32x4_t a = joined(sums->low_a, vget_low_s16(sums->high_a)), b = joined(sums->low_b, vget_high_s16(sums->high_a));
  int32x4_t c = joined(sums->low_c, vget_low_s16(sums->high_b)), d = joined(sums->low_d, vget_high_s16(sums->high_b));
  return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}

static inline uint8x8_t rounded(int32x4_t sum) {
  uint16x4_t words = vqmovun_s32(vshrq_n_s32(vaddq_s32(sum, vdupq_n_s32(IMAGE_WEIGHT_HALF)), IMAGE_WEIGHT_BITS));
  return vqmovn_u16(vcombine_u16(words, words));
}

static inline void horizontal_row(const struct image_axis *axis, int channels, const uint8_t *row, uint8_t *out) {
  const uint8x16_t order = gathering_order(channels);
  const struct sums none = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s16(0), vdupq_n_s16(0)};
  for (int x = 0; x < axis->size; x++, out += channels) {
    const int16_t *low_weights = axis->low + (size_t)x * (size_t)axis->stride;
    const int8_t *high_weights = axis->high + (size_t)x * (size_t)axis->stride;
    const uint8_t *pixels = row + (size_t)axis->start[x] * (size_t)channels;
    struct sums sums = none;
    for (int i = 0; i < axis->count[x]; i += 4, pixels += 4 * channels) {
      uint32_t high_four;
      memcpy(&high_four, high_weights + i, sizeof high_four);
      int16x8_t high = vmovl_s8(vreinterpret_s8_u32(vdup_n_u32(high_four)));
      add_taps(&sums, vqtbl1q_u8(vld1q_u8(pixels), order), vld1_s16(low_weights + i), high, channels);
    }
    vst1_lane_u32((uint32_t *)(void *)out, vreinterpret_u32_u8(rounded(pixel_sums(&sums))), 0);
  }
}

/* Luma and gray: eight taps at a time. */
static void horizontal_gray(const struct image_axis *axis, const uint8_t *row, uint8_t *out) {
  for (int x = 0; x < axis->size; x++) {
    const int16_t *low_weights = axis->low + (size_t)x * (size_t)axis->stride;
    const int8_t *high_weights = axis->high + (size_t)x * (size_t)axis->stride;
    const uint8_t *pixels = row + axis->start[x];
    int32x4_t low = vdupq_n_s32(0);
    int16x8_t high = vdupq_n_s16(0);
    for (int i = 0; i < axis->count[x]; i += 8) {
      int16x8_t taps = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(pixels + i))), weights = vld1q_s16(low_weights + i);
      low = vmlal_s16(low, vget_low_s16(taps), vget_low_s16(weights));
      low = vmlal_s16(low, vget_high_s16(taps), vget_high_s16(weights));
      high = vmlaq_s16(high, taps, vmovl_s8(vld1_s8(high_weights + i)));
    }
    int32_t sum = vaddvq_s32(joined(vaddq_s32(low, vshll_n_s16(vget_high_s16(high), 16)), vget_low_s16(high)));
    int32_t value = (sum + IMAGE_WEIGHT_HALF) >> IMAGE_WEIGHT_BITS;
    out[x] = (uint8_t)(value > 255 ? 255 : value);
  }
}

static void horizontal(const struct image_axis *axis, int channels, const uint8_t *const rows[IMAGE_ROW_BATCH],
                       uint8_t *const out[IMAGE_ROW_BATCH]) {
  for (int i = 0; i < IMAGE_ROW_BATCH && rows[i] != NULL; i++) {
    if (channels == 1) horizontal_gray(axis, rows[i], out[i]);
    if (channels == 2) horizontal_row(axis, 2, rows[i], out[i]);
    if (channels == 3) horizontal_row(axis, 3, rows[i], out[i]);
    if (channels == 4) horizontal_row(axis, 4, rows[i], out[i]);
  }
}

static void vertical(const uint8_t *const *rows, const struct image_axis *axis, int y, uint8_t *out, int size) {
  const int16_t *low_weights = axis->low + (size_t)y * (size_t)axis->stride;
  const int8_t *high_weights = axis->high + (size_t)y * (size_t)axis->stride;
  for (int x = 0; x < size; x += 16) {
    int32x4_t low[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    int16x8_t high[2] = {vdupq_n_s16(0), vdupq_n_s16(0)};
    for (int i = 0; i < axis->count[y]; i++) {
      uint8x16_t pixels = vld1q_u8(rows[i] + x);
      int16x8_t left = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(pixels)));
      int16x8_t right = vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(pixels)));
      low[0] = vmlal_n_s16(low[0], vget_low_s16(left), low_weights[i]);
      low[1] = vmlal_n_s16(low[1], vget_high_s16(left), low_weights[i]);
      low[2] = vmlal_n_s16(low[2], vget_low_s16(right), low_weights[i]);
      low[3] = vmlal_n_s16(low[3], vget_high_s16(right), low_weights[i]);
      high[0] = vmlaq_n_s16(high[0], left, high_weights[i]);
      high[1] = vmlaq_n_s16(high[1], right, high_weights[i]);
    }
    for (int part = 0; part < 2; part++) {
      uint8x8_t a = rounded(joined(low[2 * part], vget_low_s16(high[part])));
      uint8x8_t b = rounded(joined(low[2 * part + 1], vget_high_s16(high[part])));
      vst1_u8(out + x + 8 * part, vreinterpret_u8_u32(vzip1_u32(vreinterpret_u32_u8(a), vreinterpret_u32_u8(b))));
    }
  }
}

const struct image_kernels image_kernels_neon = {horizontal, vertical};
#else
typedef int image_kernels_neon_unused; /* ISO C wants a declaration */
#endif
