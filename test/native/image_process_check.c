/* Feeds random pictures, sizes, regions and inputs to dunlin_image_process, each in memory of its exact size, for the
 * address sanitizer to watch. Arguments: number of cases, then optionally libturbojpeg and a JPEG to mutate. */
#include "../../src/native/addon/image_process.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 99;
static int next_random(int limit) {
  state = state * 1664525u + 1013904223u;
  return (int)((state >> 8) % (uint32_t)limit);
}

static uint8_t *original;
static size_t original_size;

static uint8_t *random_bytes(size_t size) {
  uint8_t *bytes = malloc(size > 0 ? size : 1);
  for (size_t i = 0; bytes != NULL && i < size; i++) bytes[i] = (uint8_t)next_random(256);
  return bytes;
}

static uint8_t *mutated_jpeg(size_t *size) {
  *size = next_random(4) == 0 ? (size_t)next_random((int)original_size) : original_size;
  uint8_t *bytes = malloc(*size > 0 ? *size : 1);
  if (bytes == NULL) return NULL;
  memcpy(bytes, original, *size);
  for (int hits = next_random(6); hits > 0 && *size > 0; hits--)
    bytes[next_random(next_random(2) == 0 ? (int)*size : (int)*size / 8 + 1)] = (uint8_t)next_random(256);
  return bytes;
}

static size_t frame_size(int format, int width, int height) {
  size_t w = (size_t)width, h = (size_t)height, half = (w + 1) / 2, half_height = (h + 1) / 2;
  const size_t sizes[] = {0, w * h * 3, w * h * 3, w * h * 4, w * h, w * h + 2 * half * half_height,
                          w * h + 2 * half * half_height, half * 4 * h};
  return sizes[format];
}

static double random_coordinate(int side) {
  switch (next_random(8)) {
    case 0:
      return NAN;
    case 1:
      return INFINITY;
    case 2:
      return -next_random(side) / 3.0;
    case 3:
      return 1e300;
    default:
      return next_random(side * 16) / 16.0;
  }
}

static void fill_input(dunlin_image_input *input) {
  const int dtypes[] = {1, 3, 7, 9};
  input->width = 1 + next_random(next_random(4) == 0 ? 300 : 40);
  input->height = 1 + next_random(next_random(4) == 0 ? 300 : 40);
  input->layout = next_random(2);
  input->color = next_random(3);
  input->fit = next_random(4);
  input->filter = next_random(3);
  input->pad_value = next_random(256);
  input->dtype = dtypes[next_random(4)];
  for (int c = 0; c < 4; c++) {
    input->multiply[c] = next_random(9) == 0 ? NAN : (float)next_random(100) / 9;
    input->add[c] = next_random(9) == 0 ? INFINITY : (float)next_random(300) - 200;
  }
}

/* Of everything written, so that machines can be compared; a NaN has many patterns. */
static uint32_t checksum = 2166136261u;
static void add_to_checksum(const void *tensor, size_t size, int is_real) {
  const uint8_t *bytes = tensor;
  for (size_t i = 0; i < size; i++) {
    float real = 0;
    if (is_real) memcpy(&real, bytes + i / 4 * 4, 4);
    checksum = (checksum ^ (isnan(real) ? 0 : bytes[i])) * 16777619u;
  }
}

static int run_once(dunlin_scratch *scratch, dunlin_jpeg *jpeg) {
  dunlin_image_input input;
  dunlin_picture picture = {0};
  dunlin_geometry geometry;
  char error[200] = "";
  double decode_ms, preprocess_ms;
  fill_input(&input);
  picture.format = jpeg != NULL && next_random(2) == 0 ? 0 : 1 + next_random(7);
  picture.width = 1 + next_random(next_random(6) == 0 ? 900 : 70);
  picture.height = 1 + next_random(next_random(6) == 0 ? 900 : 70);
  picture.size = frame_size(picture.format, picture.width, picture.height);
  picture.data = picture.format == 0 ? mutated_jpeg(&picture.size) : random_bytes(picture.size);
  picture.has_region = next_random(2);
  picture.region_x = random_coordinate(picture.width);
  picture.region_y = random_coordinate(picture.height);
  picture.region_width = random_coordinate(picture.width);
  picture.region_height = random_coordinate(picture.height);
  size_t element = input.dtype == 1 ? 4 : input.dtype == 7 ? 2 : 1;
  size_t size = (size_t)input.width * (size_t)input.height * (input.color == 2 ? 1 : 3) * element;
  void *target = malloc(size);
  int status = dunlin_image_process(scratch, jpeg, &picture, &input, target, size, &geometry, &decode_ms,
                                    &preprocess_ms, error, sizeof error);
  if ((status != 0) != (error[0] != '\0')) abort();
  if (status == 0) add_to_checksum(target, size, input.dtype == 1);
  free(target);
  free((void *)picture.data);
  return status == 0;
}

static dunlin_jpeg *open_jpeg(char **arguments) {
  char error[200];
  dunlin_jpeg *jpeg = dunlin_jpeg_open(arguments[0], error, sizeof error);
  FILE *file = fopen(arguments[1], "rb");
  original = malloc(1 << 20);
  if (jpeg == NULL || file == NULL || original == NULL) return NULL;
  original_size = fread(original, 1, 1 << 20, file);
  fclose(file);
  return jpeg;
}

int main(int count, char **arguments) {
  int cases = count > 1 ? atoi(arguments[1]) : 1000, written = 0;
  dunlin_jpeg *jpeg = count > 3 ? open_jpeg(arguments + 2) : NULL;
  dunlin_scratch *scratch = dunlin_scratch_create();
  if (scratch == NULL || (count > 3 && jpeg == NULL)) return 2;
  for (int i = 0; i < cases; i++) written += run_once(scratch, jpeg);
  dunlin_jpeg_close(jpeg);
  dunlin_scratch_free(scratch);
  free(original);
  printf("%d cases, %d tensors written, checksum %08x\n", cases, written, checksum);
  return 0;
}
