/* The two passes of a resize, in portable C; image_kernels_avx2.c and image_kernels_neon.c give equal bytes. */
#include "image_kernels.h"

/* Rounding can lift the sum of the weights a little over 1. */
static inline uint8_t to_byte(int32_t sum) {
  int32_t value = sum >> IMAGE_WEIGHT_BITS;
  return (uint8_t)(value > 255 ? 255 : value);
}

static inline void horizontal_row(const struct image_axis *axis, int channels, const uint8_t *row, uint8_t *out) {
  for (int x = 0; x < axis->size; x++) {
    const int32_t *weight = axis->weight + (size_t)x * (size_t)axis->stride;
    const uint8_t *pixel = row + (size_t)axis->start[x] * (size_t)channels;
    int32_t sum[4] = {IMAGE_WEIGHT_HALF, IMAGE_WEIGHT_HALF, IMAGE_WEIGHT_HALF, IMAGE_WEIGHT_HALF};
    for (int i = 0; i < axis->count[x]; i++, pixel += channels)
      for (int c = 0; c < channels; c++) sum[c] += pixel[c] * weight[i];
    for (int c = 0; c < channels; c++) *out++ = to_byte(sum[c]);
  }
}

static void horizontal(const struct image_axis *axis, int channels, const uint8_t *const rows[IMAGE_ROW_BATCH],
                       uint8_t *const out[IMAGE_ROW_BATCH]) {
  for (int i = 0; i < IMAGE_ROW_BATCH && rows[i] != NULL; i++) {
    if (channels == 1) horizontal_row(axis, 1, rows[i], out[i]);
    if (channels == 2) horizontal_row(axis, 2, rows[i], out[i]);
    if (channels == 3) horizontal_row(axis, 3, rows[i], out[i]);
    if (channels == 4) horizontal_row(axis, 4, rows[i], out[i]);
  }
}

/* In blocks whose sums stay in the nearest cache. */
static void vertical(const uint8_t *const *rows, const struct image_axis *axis, int y, uint8_t *out, int size) {
  enum { BLOCK = 256 };
  const int32_t *weight = axis->weight + (size_t)y * (size_t)axis->stride;
  for (int from = 0; from < size; from += BLOCK) {
    int32_t sum[BLOCK];
    int length = size - from < BLOCK ? size - from : BLOCK;
    for (int x = 0; x < length; x++) sum[x] = IMAGE_WEIGHT_HALF;
    for (int i = 0; i < axis->count[y]; i++)
      for (int x = 0; x < length; x++) sum[x] += rows[i][from + x] * weight[i];
    for (int x = 0; x < length; x++) out[from + x] = to_byte(sum[x]);
  }
}

const struct image_kernels image_kernels_portable = {horizontal, vertical};

const struct image_kernels *image_kernels_here(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") ? &image_kernels_avx2 : &image_kernels_portable;
#elif defined(__aarch64__)
  return &image_kernels_neon;
#else
  return &image_kernels_portable;
#endif
}
