#ifndef DUNLIN_IMAGE_WRITE_H
#define DUNLIN_IMAGE_WRITE_H

#include "image_internal.h"

/* int8 as its bit pattern in `byte`. */
union image_element {
  float real;
  int16_t wide;
  uint8_t byte;
};

/* Tables from 8-bit pixel to tensor element, and where the elements go. */
struct image_writer {
  int channels, dtype, is_copy;
  size_t element_bytes, pixel_step, channel_step, row_step; /* the steps count elements */
  int from[3]; /* which byte of a resized pixel each tensor channel takes */
  uint8_t *target;
  union image_element table[3][256], pad[3];
};

/* Checks the input's numbers and the target's size. */
int image_check_input(const dunlin_image_input *input, size_t target_size, struct image_error *error);
void image_start_writer(struct image_writer *writer, const dunlin_image_input *input, const struct image_source *source,
                        void *target);
/* One row of resized pixels, `pixel_bytes` each, at (x, y) of the tensor. */
void image_write_row(const struct image_writer *writer, const uint8_t *row, int pixel_bytes, int x, int y, int width);
void image_write_padding(const struct image_writer *writer, int x, int y, int width);

/* BT.601 limited range (Y 16..235, chroma 16..240 around 128), which is what cameras and video decoders give, in
 * 20-bit fixed point. `step` is 1 for separate chroma rows, 2 for interleaved ones. */
void image_mix_yuv(const uint8_t *luma, const uint8_t *blue, const uint8_t *red, int step, uint8_t *rgb, int width);

#endif
