/* Picture to input tensor: one pass over the resized rows, mixing, normalising and placing each as it is made. */
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "image_process.h"

#include "image_internal.h"
#include "image_write.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

dunlin_scratch *dunlin_scratch_create(void) { return calloc(1, sizeof(dunlin_scratch)); }

void dunlin_scratch_free(dunlin_scratch *scratch) {
  if (scratch == NULL) return;
  for (int i = 0; i < IMAGE_PLANES; i++) image_free_resampler(&scratch->resamplers[i]);
  image_reserve(&scratch->pixels, 0);
  image_reserve(&scratch->mixed, 0);
  free(scratch);
}

static double now_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static int start_resamplers(dunlin_scratch *scratch, const struct image_source *source, const struct image_fit *fit,
                            int filter, struct image_error *error) {
  for (int i = 0; i < source->plane_count; i++)
    if (image_start_resampler(&scratch->resamplers[i], &source->planes[i], fit, filter) != 0)
      return image_fail(error, "no memory to resize %d x %d pixels", source->width, source->height);
  if (image_reserve(&scratch->mixed, (size_t)fit->resized_width * 3) != NULL) return 0;
  return image_fail(error, "no memory for a row of %d pixels", fit->resized_width);
}

/* Row y of the resized picture as interleaved pixels, whose size in bytes it returns. */
static int next_row(dunlin_scratch *scratch, const struct image_source *source, int width, int y, const uint8_t **row) {
  const uint8_t *rows[IMAGE_PLANES] = {NULL};
  for (int i = 0; i < source->plane_count; i++) rows[i] = image_resampled_row(&scratch->resamplers[i], y);
  *row = rows[0];
  if (source->plane_count == 1) return source->planes[0].channels;
  const uint8_t *red = source->plane_count == 2 ? rows[1] + 1 : rows[2];
  image_mix_yuv(rows[0], rows[1], red, source->plane_count == 2 ? 2 : 1, scratch->mixed.data, width);
  *row = scratch->mixed.data;
  return 3;
}

static void write_tensor(dunlin_scratch *scratch, const struct image_source *source, const struct image_fit *fit,
                         const dunlin_image_input *input, void *target) {
  struct image_writer writer;
  image_start_writer(&writer, input, source, target);
  int right = fit->pad_x + fit->resized_width, bottom = fit->pad_y + fit->resized_height;
  for (int y = 0; y < fit->pad_y; y++) image_write_padding(&writer, 0, y, input->width);
  for (int y = fit->pad_y; y < bottom; y++) {
    const uint8_t *row;
    int pixel_bytes = next_row(scratch, source, fit->resized_width, y - fit->pad_y, &row);
    image_write_padding(&writer, 0, y, fit->pad_x);
    image_write_row(&writer, row, pixel_bytes, fit->pad_x, y, fit->resized_width);
    image_write_padding(&writer, right, y, input->width - right);
  }
  for (int y = bottom; y < input->height; y++) image_write_padding(&writer, 0, y, input->width);
}

static int open_source(dunlin_scratch *scratch, const dunlin_jpeg *jpeg, const dunlin_picture *picture,
                       const dunlin_image_input *input, struct image_source *source, struct image_error *error) {
  if (picture->data == NULL || picture->size == 0) return image_fail(error, "an empty picture");
  if (picture->format == IMAGE_JPEG) return image_open_jpeg(scratch, jpeg, picture, input, source, error);
  return image_open_raw(picture, input->color, source, error);
}

int dunlin_image_process(dunlin_scratch *scratch, const dunlin_jpeg *jpeg, const dunlin_picture *picture,
                         const dunlin_image_input *input, void *target, size_t target_size, dunlin_geometry *geometry,
                         double *decode_ms, double *preprocess_ms, char *error_text, size_t error_size) {
  struct image_error error = {error_text, error_size};
  struct image_source source = {0};
  struct image_fit fit;
  double started = now_ms(), decoded = started;
  if (image_check_input(input, target_size, &error) != 0 ||
      open_source(scratch, jpeg, picture, input, &source, &error) != 0 ||
      image_fit_picture(picture, source.width, source.height, input, &fit, &error) != 0)
    return -1;
  if (picture->format == IMAGE_JPEG) decoded = now_ms();
  if (start_resamplers(scratch, &source, &fit, input->filter, &error) != 0) return -1;
  write_tensor(scratch, &source, &fit, input, target);
  if (geometry != NULL) image_describe_fit(&fit, source.width, source.height, input, geometry);
  if (decode_ms != NULL) *decode_ms = decoded - started;
  if (preprocess_ms != NULL) *preprocess_ms = now_ms() - decoded;
  return 0;
}
