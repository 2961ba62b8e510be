/* Resizes random rows with the portable kernels and with this machine's, and compares every byte. Prints one line. */
#include "../../src/native/addon/image_kernels.h"

#include <stdio.h>
#include <stdlib.h>

static uint32_t state = 12345;
static uint32_t next_random(uint32_t limit) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % limit;
}

/* Extremes are more likely than in noise: they are where sums overflow. */
static uint8_t next_pixel(void) {
  uint32_t kind = next_random(4);
  return kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)next_random(256);
}

static int differing(const uint8_t *a, const uint8_t *b, int size) {
  int count = 0;
  for (int i = 0; i < size; i++) count += a[i] != b[i];
  return count;
}

static int check_once(void) {
  struct image_axis axis = {0};
  int source = 1 + (int)next_random(next_random(8) == 0 ? 9000 : 400), size = 1 + (int)next_random(300);
  int channels = 1 + (int)next_random(4), count = 1 + (int)next_random(IMAGE_ROW_BATCH), wrong = 0;
  double from = next_random(4) == 0 ? source * 0.3 : 0, to = next_random(4) == 0 ? source * 0.7 : source;
  if (image_prepare_axis(&axis, source, from, to, size, IMAGE_BILINEAR) != 0) return -1;
  int rows_size = axis.max_count > IMAGE_ROW_BATCH ? axis.max_count : IMAGE_ROW_BATCH;
  size_t width = (size_t)(source > size ? source : size) * 4 + IMAGE_SLACK;
  uint8_t *memory = malloc(width * (size_t)rows_size), *results = malloc(width * 2 * IMAGE_ROW_BATCH);
  const uint8_t **rows = malloc(sizeof *rows * (size_t)rows_size);
  if (memory == NULL || results == NULL || rows == NULL) return -1;
  for (size_t i = 0; i < width * (size_t)rows_size; i++) memory[i] = next_pixel();
  for (int i = 0; i < rows_size; i++) rows[i] = memory + width * (size_t)i;
  const uint8_t *batch[IMAGE_ROW_BATCH] = {NULL};
  uint8_t *expected[IMAGE_ROW_BATCH], *actual[IMAGE_ROW_BATCH];
  for (int i = 0; i < IMAGE_ROW_BATCH; i++) {
    if (i < count) batch[i] = rows[i];
    expected[i] = results + width * (size_t)i;
    actual[i] = expected[i] + width * IMAGE_ROW_BATCH;
  }
  image_kernels_portable.horizontal(&axis, channels, batch, expected);
  image_kernels_here()->horizontal(&axis, channels, batch, actual);
  for (int i = 0; i < count; i++) wrong += differing(expected[i], actual[i], size * channels);
  int y = (int)next_random((uint32_t)size), length = 1 + (int)next_random((uint32_t)source);
  image_kernels_portable.vertical(rows, &axis, y, expected[0], length);
  image_kernels_here()->vertical(rows, &axis, y, actual[0], length);
  wrong += differing(expected[0], actual[0], length);
  image_reserve(&axis.memory, 0);
  free(memory);
  free(results);
  free(rows);
  return wrong;
}

int main(void) {
  int wrong = 0, cases = 400;
  for (int i = 0; i < cases; i++) {
    int found = check_once();
    if (found < 0) return 2;
    wrong += found;
  }
  printf("%s: %d cases, %d bytes differ\n", image_kernels_here() == &image_kernels_portable ? "portable" : "simd", cases,
         wrong);
  return wrong == 0 ? 0 : 1;
}
