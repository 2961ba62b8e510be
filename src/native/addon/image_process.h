#ifndef DUNLIN_IMAGE_PROCESS_H
#define DUNLIN_IMAGE_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* Picture to input tensor: decode, crop, resize, normalise or quantize, in one call on reused buffers.
 * No JavaScript, no TFLite and no policy in here; semantics are those of src/image/input.ts. */

/* What one image input tensor wants (ImageInput in src/image/input.ts). */
typedef struct {
  int width, height;
  int layout;    /* 0 nhwc, 1 nchw */
  int color;     /* 0 rgb, 1 bgr, 2 gray */
  int fit;       /* 0 stretch, 1 letterbox, 2 letterbox-corner, 3 crop */
  int filter;    /* 0 nearest, 1 bilinear, 2 bilinear-point */
  int pad_value; /* 0..255, before normalisation */
  int dtype;     /* TfLiteType: 1 float32, 3 uint8, 7 int16, 9 int8 */
  float multiply[4], add[4]; /* per channel of the tensor; gray uses the first */
} dunlin_image_input;

/* input = (source - crop) * scale + pad, per axis. */
typedef struct {
  double source_width, source_height, input_width, input_height;
  double crop_x, crop_y, scale_x, scale_y, pad_x, pad_y;
} dunlin_geometry;

typedef struct {
  const uint8_t *data;
  size_t size;
  int format;        /* 0 jpeg, 1 rgb, 2 bgr, 3 rgba, 4 gray, 5 nv12, 6 i420, 7 yuyv */
  int width, height; /* ignored for jpeg */
  int has_region;    /* the region is in source pixels and is clipped to the picture */
  double region_x, region_y, region_width, region_height;
} dunlin_picture;

/* libturbojpeg, opened at run time (TurboJPEG API 2: libjpeg-turbo 1.5 to 3.x). Safe to share between threads. */
typedef struct dunlin_jpeg dunlin_jpeg;
/* NULL on failure, with the reason in error. */
dunlin_jpeg *dunlin_jpeg_open(const char *path, char *error, size_t error_size);
void dunlin_jpeg_close(dunlin_jpeg *jpeg);

/* Buffers and coefficient tables that calls reuse; one per thread. */
typedef struct dunlin_scratch dunlin_scratch;
/* NULL when out of memory. */
dunlin_scratch *dunlin_scratch_create(void);
void dunlin_scratch_free(dunlin_scratch *scratch);

/* Writes the tensor. 0 = ok; anything else leaves a sentence in error, and target may be partly written.
 * target_size must be exactly width * height * channels * bytes per element. jpeg may be NULL for raw formats.
 * geometry, decode_ms and preprocess_ms may be NULL. */
int dunlin_image_process(dunlin_scratch *scratch, const dunlin_jpeg *jpeg, const dunlin_picture *picture,
                         const dunlin_image_input *input, void *target, size_t target_size, dunlin_geometry *geometry,
                         double *decode_ms, double *preprocess_ms, char *error, size_t error_size);

#endif
