/* Which source positions make an output position, and with what weight. */
#include "image_internal.h"

#include <math.h>
#include <string.h>

static int clamp_index(double position, int size) {
  if (!(position > 0)) return 0;
  return position >= size ? size - 1 : (int)position;
}

static double triangle(double x) {
  x = fabs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

/* The source position below (xx + 0.5) in the output; `from` and `to` are float because Pillow's are.
 * Volatile keeps compilers from fusing the multiplication with what follows: the last bit decides a weight. */
static double center_of(const struct image_axis *axis, int index) {
  double scale = (double)(axis->to - axis->from) / axis->size;
  volatile double offset = (index + 0.5) * scale;
  return axis->from + offset;
}

/* Pillow's BILINEAR: a triangle as wide as the shrink factor, normalised, rounded to 22 bits. */
static void antialiased_weights(struct image_axis *axis, int index, double support, double *exact) {
  double center = center_of(axis, index), sum = 0, step = 1.0 / support;
  int first = (int)(center - support + 0.5), end = (int)(center + support + 0.5);
  if (first < 0) first = 0;
  if (first > axis->source_size - 1) first = axis->source_size - 1;
  if (end > axis->source_size) end = axis->source_size;
  if (end <= first) end = first + 1;
  for (int i = 0; i < end - first; i++) {
    exact[i] = triangle((i + first - center + 0.5) * step);
    sum += exact[i];
  }
  int32_t *weight = axis->weight + (size_t)index * (size_t)axis->stride;
  for (int i = 0; i < end - first; i++) {
    double share = sum != 0 ? exact[i] / sum : 0;
    weight[i] = (int32_t)(0.5 + share * (1 << IMAGE_WEIGHT_BITS));
  }
  axis->start[index] = first;
  axis->count[index] = end - first;
}

/* OpenCV's INTER_LINEAR: two neighbours, weights of 11 bits. */
static void point_weights(struct image_axis *axis, int index) {
  double position = center_of(axis, index) - 0.5, low = floor(position);
  int first = clamp_index(low, axis->source_size), second = clamp_index(low + 1, axis->source_size);
  int32_t *weight = axis->weight + (size_t)index * (size_t)axis->stride;
  weight[1] = second > first ? (int32_t)lrint((position - low) * 2048) : 0;
  weight[0] = 2048 - weight[1];
  axis->start[index] = first;
  axis->count[index] = second - first + 1;
}

/* The pixel under the centre; the hair lets a centre that is exactly between two pixels take the right one, as in real
 * numbers (OpenCV's INTER_NEAREST_EXACT). */
static void nearest_weights(struct image_axis *axis, int index) {
  axis->start[index] = clamp_index(floor(center_of(axis, index) + 1e-9), axis->source_size);
  axis->count[index] = 1;
  axis->weight[(size_t)index * (size_t)axis->stride] = 1;
}

static void split_weights(struct image_axis *axis) {
  size_t total = (size_t)axis->size * (size_t)axis->stride;
  for (size_t i = 0; i < total; i++) {
    axis->low[i] = (int16_t)(uint16_t)(axis->weight[i] & 0xffff);
    axis->high[i] = (int8_t)((axis->weight[i] - axis->low[i]) >> 16);
  }
}

static int place_tables(struct image_axis *axis) {
  size_t size = (size_t)axis->size, total = size * (size_t)axis->stride;
  size_t bytes = size * 2 * sizeof(int32_t) + total * (sizeof(int32_t) + sizeof(int16_t) + 1);
  uint8_t *memory = image_reserve(&axis->memory, bytes);
  if (memory == NULL) return -1;
  memset(memory, 0, bytes);
  axis->start = (int32_t *)memory;
  axis->count = axis->start + size;
  axis->weight = axis->count + size;
  axis->low = (int16_t *)(axis->weight + total);
  axis->high = (int8_t *)(axis->low + total);
  return 0;
}

/* Fills the tables unless they are already those of this box. -1 when out of memory. */
int image_prepare_axis(struct image_axis *axis, int source_size, double from, double to, int size, int filter) {
  float from_single = (float)from, to_single = (float)to;
  if (axis->size == size && axis->source_size == source_size && axis->from == from_single && axis->to == to_single &&
      axis->filter == filter)
    return 0;
  double shrink = (double)(to_single - from_single) / size, support = shrink < 1.0 ? 1.0 : shrink;
  int most = filter == IMAGE_BILINEAR ? (int)ceil(support) * 2 + 1 : 2;
  axis->size = size;
  axis->source_size = source_size;
  axis->from = from_single;
  axis->to = to_single;
  axis->filter = filter;
  axis->stride = (most + 15) & ~15; /* whole SIMD groups, whatever their width */
  axis->is_identity = from_single == 0 && to_single == source_size && size == source_size;
  axis->max_count = 0;
  struct image_buffer exact = {0};
  if (place_tables(axis) != 0 || image_reserve(&exact, sizeof(double) * (size_t)axis->stride) == NULL) {
    axis->size = 0;
    return -1;
  }
  for (int index = 0; index < size; index++) {
    if (filter == IMAGE_BILINEAR) antialiased_weights(axis, index, support, (double *)(void *)exact.data);
    if (filter == IMAGE_BILINEAR_POINT) point_weights(axis, index);
    if (filter == IMAGE_NEAREST) nearest_weights(axis, index);
    if (axis->count[index] > axis->max_count) axis->max_count = axis->count[index];
  }
  image_reserve(&exact, 0);
  split_weights(axis);
  return 0;
}
