#ifndef DUNLIN_IMAGE_INTERNAL_H
#define DUNLIN_IMAGE_INTERNAL_H

#include "image_process.h"

enum { IMAGE_JPEG, IMAGE_RGB, IMAGE_BGR, IMAGE_RGBA, IMAGE_GRAY, IMAGE_NV12, IMAGE_I420, IMAGE_YUYV, IMAGE_FORMATS };
enum { IMAGE_NHWC, IMAGE_NCHW };
enum { IMAGE_COLOR_RGB, IMAGE_COLOR_BGR, IMAGE_COLOR_GRAY };
enum { IMAGE_STRETCH, IMAGE_LETTERBOX, IMAGE_LETTERBOX_CORNER, IMAGE_CROP };
enum { IMAGE_NEAREST, IMAGE_BILINEAR, IMAGE_BILINEAR_POINT };
enum { IMAGE_FLOAT32 = 1, IMAGE_UINT8 = 3, IMAGE_INT16 = 7, IMAGE_INT8 = 9 };

/* Larger pictures are refused: 64 Mpx are 192 MB as RGB. A side fits 16 bits, as in JPEG. */
#define IMAGE_MAX_SIDE 65535
#define IMAGE_MAX_PIXELS ((uint64_t)64 << 20)
/* Kernels may read this many bytes past a source row and write as many past a resized one. */
#define IMAGE_SLACK 64
#define IMAGE_PLANES 3
/* Source rows that one horizontal pass takes together. */
#define IMAGE_ROW_BATCH 4

/* Memory that grows and is kept between calls. */
struct image_buffer {
  uint8_t *data;
  size_t capacity;
};
/* At least size bytes, contents undefined. NULL when out of memory. */
uint8_t *image_reserve(struct image_buffer *buffer, size_t size);

/* Copies the row of one source plane into out, converted to the plane's channels. */
typedef void image_row_reader(const uint8_t *row, uint8_t *out, int width);

/* Interleaved bytes of 1 to 4 channels. `scale` maps picture coordinates to this plane's (chroma: 0.5). */
struct image_plane {
  const uint8_t *data;
  size_t stride, size;
  int width, height, channels;
  double scale_x, scale_y;
  image_row_reader *reader; /* NULL when rows are used as they lie */
};

/* A decoded picture: one interleaved plane, or Y and chroma planes (Y + UV, or Y + U + V) in BT.601 limited range. */
struct image_source {
  int width, height; /* of the picture as the caller knows it, before scaled decoding */
  int plane_count, is_yuv;
  struct image_plane planes[IMAGE_PLANES];
  int order[3]; /* byte of a pixel that is red, green, blue; all 0 for gray */
};

/* Where the picture goes: `resized` pixels from the crop box, placed at the pad. */
struct image_fit {
  double crop_x, crop_y, crop_width, crop_height;
  int resized_width, resized_height, pad_x, pad_y;
};

/* How each output position of one axis is made from neighbouring source positions.
 * Fixed-point weights with 22 fraction bits, as Pillow's; for SIMD also split as weight = high * 65536 + low. */
struct image_axis {
  int source_size, size, filter;
  float from, to; /* the key: box on the source axis */
  int is_identity, max_count, stride;
  int32_t *start, *count; /* [size] */
  int32_t *weight;        /* [size][stride] */
  int16_t *low;           /* [size][stride], zero after count */
  int8_t *high;           /* [size][stride], zero after count */
  struct image_buffer memory;
};
#define IMAGE_WEIGHT_BITS 22

/* Gives the rows of one resized plane, top to bottom. */
struct image_resampler {
  struct image_plane plane;
  struct image_axis horizontal, vertical;
  struct image_buffer ring, row, copies;
  int filter, ring_rows, next_row;
  size_t ring_stride;
};

struct dunlin_scratch {
  struct image_resampler resamplers[IMAGE_PLANES];
  struct image_buffer pixels, mixed;
};

struct image_error {
  char *text;
  size_t size;
};
/* Formats the sentence; always returns -1. */
int image_fail(struct image_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* image_geometry.c */
int image_fit_picture(const dunlin_picture *picture, int width, int height, const dunlin_image_input *input,
                      struct image_fit *fit, struct image_error *error);
void image_describe_fit(const struct image_fit *fit, int width, int height, const dunlin_image_input *input,
                        dunlin_geometry *geometry);
int image_check_size(int width, int height, struct image_error *error);

/* image_source.c */
int image_open_raw(const dunlin_picture *picture, int color, struct image_source *source, struct image_error *error);

/* image_jpeg.c */
int image_open_jpeg(dunlin_scratch *scratch, const dunlin_jpeg *jpeg, const dunlin_picture *picture,
                    const dunlin_image_input *input, struct image_source *source, struct image_error *error);

/* image_axis.c */
int image_prepare_axis(struct image_axis *axis, int source_size, double from, double to, int size, int filter);

/* image_resample.c */
int image_start_resampler(struct image_resampler *resampler, const struct image_plane *plane,
                          const struct image_fit *fit, int filter);
/* Writes resized_width * channels bytes (and up to IMAGE_SLACK more); y counts up from 0. */
const uint8_t *image_resampled_row(struct image_resampler *resampler, int y);
void image_free_resampler(struct image_resampler *resampler);

#endif
