/* Rows of a resized plane, made top to bottom; source rows are read once, resized across, and kept in a ring. */
#include "image_internal.h"
#include "image_kernels.h"

#include <stdlib.h>
#include <string.h>

uint8_t *image_reserve(struct image_buffer *buffer, size_t size) {
  /* One huge picture must not hold its memory for ever. */
  const size_t large = (size_t)32 << 20;
  int is_wasteful = buffer->capacity > large && size < buffer->capacity / 4;
  if (buffer->data != NULL && size > 0 && size <= buffer->capacity && !is_wasteful) return buffer->data;
  free(buffer->data);
  buffer->data = size > 0 ? malloc(size) : NULL;
  buffer->capacity = buffer->data != NULL ? size : 0;
  return buffer->data;
}

void image_free_resampler(struct image_resampler *resampler) {
  image_reserve(&resampler->horizontal.memory, 0);
  image_reserve(&resampler->vertical.memory, 0);
  image_reserve(&resampler->ring, 0);
  image_reserve(&resampler->row, 0);
  image_reserve(&resampler->copies, 0);
}

static double inside(double position, int size) { return position > size ? size : position; }

int image_start_resampler(struct image_resampler *resampler, const struct image_plane *plane,
                          const struct image_fit *fit, int filter) {
  double left = fit->crop_x * plane->scale_x, right = (fit->crop_x + fit->crop_width) * plane->scale_x;
  double top = fit->crop_y * plane->scale_y, bottom = (fit->crop_y + fit->crop_height) * plane->scale_y;
  if (image_prepare_axis(&resampler->horizontal, plane->width, inside(left, plane->width),
                         inside(right, plane->width), fit->resized_width, filter) != 0 ||
      image_prepare_axis(&resampler->vertical, plane->height, inside(top, plane->height),
                         inside(bottom, plane->height), fit->resized_height, filter) != 0)
    return -1;
  size_t channels = (size_t)plane->channels;
  resampler->plane = *plane;
  resampler->filter = filter;
  resampler->next_row = 0;
  resampler->ring_rows = resampler->vertical.max_count + IMAGE_ROW_BATCH;
  /* The point filter keeps 32-bit sums. */
  size_t element = filter == IMAGE_BILINEAR_POINT ? sizeof(int32_t) : 1;
  resampler->ring_stride = ((size_t)fit->resized_width * channels * element + IMAGE_SLACK + 63) & ~(size_t)63;
  size_t pointers = sizeof(uint8_t *) * (size_t)resampler->vertical.max_count;
  if (image_reserve(&resampler->ring, resampler->ring_stride * (size_t)resampler->ring_rows + pointers) == NULL ||
      image_reserve(&resampler->row, resampler->ring_stride) == NULL ||
      image_reserve(&resampler->copies, ((size_t)plane->width * channels + IMAGE_SLACK) * IMAGE_ROW_BATCH) == NULL)
    return -1;
  return 0;
}

/* A source row with IMAGE_SLACK readable bytes after it; `slot` picks the copy's place where one is needed. */
static const uint8_t *source_row(struct image_resampler *resampler, int y, int slot) {
  const struct image_plane *plane = &resampler->plane;
  size_t length = (size_t)plane->width * (size_t)plane->channels, offset = plane->stride * (size_t)y;
  const uint8_t *row = plane->data + offset;
  uint8_t *copy = resampler->copies.data + (length + IMAGE_SLACK) * (size_t)slot;
  if (plane->reader != NULL) {
    plane->reader(row, copy, plane->width);
    return copy;
  }
  if (plane->size - offset >= length + IMAGE_SLACK) return row;
  memcpy(copy, row, length);
  return copy;
}

static uint8_t *ring_row(struct image_resampler *resampler, int y) {
  return resampler->ring.data + resampler->ring_stride * (size_t)(y % resampler->ring_rows);
}

/* Takes the next rows through the horizontal pass. */
static void advance(struct image_resampler *resampler) {
  const uint8_t *rows[IMAGE_ROW_BATCH] = {NULL};
  uint8_t *out[IMAGE_ROW_BATCH] = {NULL};
  int channels = resampler->plane.channels;
  for (int i = 0; i < IMAGE_ROW_BATCH && resampler->next_row < resampler->plane.height; i++, resampler->next_row++) {
    rows[i] = source_row(resampler, resampler->next_row, i);
    out[i] = ring_row(resampler, resampler->next_row);
    if (resampler->horizontal.is_identity) memcpy(out[i], rows[i], (size_t)resampler->plane.width * (size_t)channels);
  }
  if (!resampler->horizontal.is_identity)
    image_kernels_here()->horizontal(&resampler->horizontal, channels, rows, out);
}

static const uint8_t *bilinear_row(struct image_resampler *resampler, int y) {
  const struct image_axis *vertical = &resampler->vertical;
  int first = vertical->start[y], end = first + vertical->count[y];
  if (resampler->next_row < first) resampler->next_row = first;
  while (resampler->next_row < end) advance(resampler);
  if (vertical->is_identity) return ring_row(resampler, first);
  const uint8_t **rows =
      (const uint8_t **)(void *)(resampler->ring.data + resampler->ring_stride * (size_t)resampler->ring_rows);
  for (int i = 0; i < vertical->count[y]; i++) rows[i] = ring_row(resampler, first + i);
  int size = resampler->horizontal.size * resampler->plane.channels;
  image_kernels_here()->vertical(rows, vertical, y, resampler->row.data, size);
  return resampler->row.data;
}

/* One source row, two neighbours mixed across with 11-bit weights, kept unrounded. */
static const int32_t *mixed_row(struct image_resampler *resampler, int y) {
  int32_t *out = (int32_t *)(void *)ring_row(resampler, y);
  if (y < resampler->next_row) return out;
  const struct image_axis *axis = &resampler->horizontal;
  const uint8_t *row = source_row(resampler, y, 0);
  int channels = resampler->plane.channels;
  for (int x = 0, at = 0; x < axis->size; x++) {
    const int32_t *weight = axis->weight + (size_t)x * (size_t)axis->stride;
    const uint8_t *left = row + axis->start[x] * channels, *right = left + (axis->count[x] - 1) * channels;
    for (int c = 0; c < channels; c++) out[at++] = left[c] * weight[0] + right[c] * weight[1];
  }
  resampler->next_row = y + 1;
  return out;
}

static const uint8_t *point_row(struct image_resampler *resampler, int y) {
  const struct image_axis *axis = &resampler->vertical;
  const int32_t *weight = axis->weight + (size_t)y * (size_t)axis->stride;
  const int32_t *upper = mixed_row(resampler, axis->start[y]);
  const int32_t *lower = mixed_row(resampler, axis->start[y] + axis->count[y] - 1);
  uint8_t *out = resampler->row.data;
  int size = resampler->horizontal.size * resampler->plane.channels;
  for (int i = 0; i < size; i++) out[i] = (uint8_t)((upper[i] * weight[0] + lower[i] * weight[1] + (1 << 21)) >> 22);
  return out;
}

static const uint8_t *nearest_row(struct image_resampler *resampler, int y) {
  const struct image_axis *axis = &resampler->horizontal;
  const uint8_t *row = source_row(resampler, resampler->vertical.start[y], 0);
  uint8_t *out = resampler->row.data;
  int channels = resampler->plane.channels;
  for (int x = 0; x < axis->size; x++)
    for (int c = 0; c < channels; c++) *out++ = row[axis->start[x] * channels + c];
  return resampler->row.data;
}

const uint8_t *image_resampled_row(struct image_resampler *resampler, int y) {
  if (resampler->filter == IMAGE_NEAREST) return nearest_row(resampler, y);
  if (resampler->filter == IMAGE_BILINEAR_POINT) return point_row(resampler, y);
  return bilinear_row(resampler, y);
}
