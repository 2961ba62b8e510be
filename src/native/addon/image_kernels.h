#ifndef DUNLIN_IMAGE_KERNELS_H
#define DUNLIN_IMAGE_KERNELS_H

#include "image_internal.h"

#define IMAGE_WEIGHT_HALF (1 << (IMAGE_WEIGHT_BITS - 1))

/* The two passes of a resize; every set gives the same bytes. Up to IMAGE_SLACK bytes after a row may be read, or written
 * after an output row. */
struct image_kernels {
  /* Resizes up to IMAGE_ROW_BATCH rows across; the list ends with NULL when shorter. */
  void (*horizontal)(const struct image_axis *axis, int channels, const uint8_t *const rows[IMAGE_ROW_BATCH],
                     uint8_t *const out[IMAGE_ROW_BATCH]);
  /* Mixes axis->count[y] rows of `size` bytes into output row y. */
  void (*vertical)(const uint8_t *const *rows, const struct image_axis *axis, int y, uint8_t *out, int size);
};

extern const struct image_kernels image_kernels_portable;
extern const struct image_kernels image_kernels_avx2; /* x86-64 only */
extern const struct image_kernels image_kernels_neon; /* arm64 only */

/* The fastest set for this processor. */
const struct image_kernels *image_kernels_here(void);

#endif
