/* Resized 8-bit pixels to tensor elements, by table: normalisation, quantization, layout and channel order. */
#include "image_write.h"

#include <math.h>
#include <string.h>

#define LUMA_SCALE 1220542
#define BLUE_TO_BLUE 2116026
#define BLUE_TO_GREEN (-409993)
#define RED_TO_GREEN (-852492)
#define RED_TO_RED 1673527
#define YUV_BITS 20

static inline uint8_t to_byte(int value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static inline int scaled_luma(int luma) { return (luma < 16 ? 0 : luma - 16) * LUMA_SCALE + (1 << (YUV_BITS - 1)); }

void image_mix_yuv(const uint8_t *luma, const uint8_t *blue, const uint8_t *red, int step, uint8_t *rgb, int width) {
  for (int x = 0; x < width; x++) {
    int y = scaled_luma(luma[x]), u = blue[x * step] - 128, v = red[x * step] - 128;
    rgb[3 * x] = to_byte((y + RED_TO_RED * v) >> YUV_BITS);
    rgb[3 * x + 1] = to_byte((y + BLUE_TO_GREEN * u + RED_TO_GREEN * v) >> YUV_BITS);
    rgb[3 * x + 2] = to_byte((y + BLUE_TO_BLUE * u) >> YUV_BITS);
  }
}

static int element_bytes(int dtype) {
  switch (dtype) {
    case IMAGE_FLOAT32:
      return 4;
    case IMAGE_INT16:
      return 2;
    case IMAGE_UINT8:
    case IMAGE_INT8:
      return 1;
    default:
      return 0;
  }
}

static int channels_of(const dunlin_image_input *input) { return input->color == IMAGE_COLOR_GRAY ? 1 : 3; }

static int is_between(int value, int low, int high) { return value >= low && value <= high; }

int image_check_input(const dunlin_image_input *input, size_t target_size, struct image_error *error) {
  if (!is_between(input->width, 1, IMAGE_MAX_SIDE) || !is_between(input->height, 1, IMAGE_MAX_SIDE))
    return image_fail(error, "an input of %d x %d pixels", input->width, input->height);
  if (!is_between(input->layout, IMAGE_NHWC, IMAGE_NCHW) ||
      !is_between(input->color, IMAGE_COLOR_RGB, IMAGE_COLOR_GRAY) ||
      !is_between(input->fit, IMAGE_STRETCH, IMAGE_CROP) ||
      !is_between(input->filter, IMAGE_NEAREST, IMAGE_BILINEAR_POINT) || !is_between(input->pad_value, 0, 255))
    return image_fail(error, "an input with layout %d, color %d, fit %d, filter %d, pad value %d", input->layout,
                      input->color, input->fit, input->filter, input->pad_value);
  int element = element_bytes(input->dtype);
  if (element == 0)
    return image_fail(error, "pictures cannot be written as TfLiteType %d; float32, uint8, int8 and int16 can",
                      input->dtype);
  uint64_t elements = (uint64_t)input->width * (uint64_t)input->height * (uint64_t)channels_of(input);
  if (elements * (uint64_t)element == (uint64_t)target_size) return 0;
  return image_fail(error, "the input tensor is %llu bytes, but %d x %d x %d elements of %d bytes are %llu",
                    (unsigned long long)target_size, input->width, input->height, channels_of(input), element,
                    (unsigned long long)(elements * (uint64_t)element));
}

/* Half away from zero, clamped; NaN becomes the lowest value. */
static int quantize(double value, int low, int high) {
  double rounded = round(value);
  if (!(rounded > low)) return low;
  return rounded > high ? high : (int)rounded;
}

static union image_element element_of(int dtype, double value) {
  union image_element element = {0};
  switch (dtype) {
    case IMAGE_FLOAT32:
      element.real = (float)value;
      break;
    case IMAGE_INT16:
      element.wide = (int16_t)quantize(value, INT16_MIN, INT16_MAX);
      break;
    case IMAGE_INT8:
      element.byte = (uint8_t)quantize(value, INT8_MIN, INT8_MAX);
      break;
    default:
      element.byte = (uint8_t)quantize(value, 0, UINT8_MAX);
  }
  return element;
}

/* YUV luma alone is a gray picture once its limited range is stretched. */
static int gray_of_luma(int luma) { return to_byte(scaled_luma(luma) >> YUV_BITS); }

static void fill_tables(struct image_writer *writer, const dunlin_image_input *input, int is_luma) {
  writer->is_copy = writer->element_bytes == 1 && writer->pixel_step == (size_t)writer->channels;
  for (int c = 0; c < writer->channels; c++) {
    double multiply = input->multiply[c], add = input->add[c];
    writer->pad[c] = element_of(input->dtype, input->pad_value * multiply + add);
    for (int value = 0; value < 256; value++) {
      int pixel = is_luma ? gray_of_luma(value) : value;
      writer->table[c][value] = element_of(input->dtype, pixel * multiply + add);
      if (writer->table[c][value].byte != value) writer->is_copy = 0;
    }
    if (writer->from[c] != c) writer->is_copy = 0;
  }
}

void image_start_writer(struct image_writer *writer, const dunlin_image_input *input, const struct image_source *source,
                        void *target) {
  size_t width = (size_t)input->width, channels = (size_t)channels_of(input);
  int is_planar = input->layout == IMAGE_NCHW;
  writer->channels = (int)channels;
  writer->dtype = input->dtype;
  writer->element_bytes = (size_t)element_bytes(input->dtype);
  writer->target = target;
  writer->pixel_step = is_planar ? 1 : channels;
  writer->channel_step = is_planar ? width * (size_t)input->height : 1;
  writer->row_step = is_planar ? width : width * channels;
  for (int c = 0; c < 3; c++) writer->from[c] = source->order[input->color == IMAGE_COLOR_BGR ? 2 - c : c];
  fill_tables(writer, input, source->is_yuv && input->color == IMAGE_COLOR_GRAY);
}

static uint8_t *place_of(const struct image_writer *writer, int channel, int x, int y) {
  size_t index = (size_t)channel * writer->channel_step + (size_t)y * writer->row_step + (size_t)x * writer->pixel_step;
  return writer->target + index * writer->element_bytes;
}

#define DEFINE_WRITE(name, type, member)                                                                          \
  static void name(const union image_element *table, const uint8_t *pixel, int pixel_bytes, uint8_t *place,       \
                   size_t step, int width) {                                                                      \
    type *out = (type *)(void *)place;                                                                            \
    for (int x = 0; x < width; x++) out[(size_t)x * step] = table[pixel[(size_t)x * (size_t)pixel_bytes]].member; \
  }
DEFINE_WRITE(write_real, float, real)
DEFINE_WRITE(write_wide, int16_t, wide)
DEFINE_WRITE(write_byte, uint8_t, byte)

void image_write_row(const struct image_writer *writer, const uint8_t *row, int pixel_bytes, int x, int y, int width) {
  if (writer->is_copy && pixel_bytes == writer->channels) {
    memcpy(place_of(writer, 0, x, y), row, (size_t)width * (size_t)pixel_bytes);
    return;
  }
  for (int c = 0; c < writer->channels; c++) {
    const uint8_t *pixel = row + writer->from[c];
    uint8_t *place = place_of(writer, c, x, y);
    if (writer->dtype == IMAGE_FLOAT32) {
      write_real(writer->table[c], pixel, pixel_bytes, place, writer->pixel_step, width);
    } else if (writer->dtype == IMAGE_INT16) {
      write_wide(writer->table[c], pixel, pixel_bytes, place, writer->pixel_step, width);
    } else {
      write_byte(writer->table[c], pixel, pixel_bytes, place, writer->pixel_step, width);
    }
  }
}

void image_write_padding(const struct image_writer *writer, int x, int y, int width) {
  for (int c = 0; c < writer->channels; c++) {
    uint8_t *place = place_of(writer, c, x, y);
    for (int i = 0; i < width; i++, place += writer->pixel_step * writer->element_bytes)
      memcpy(place, &writer->pad[c], writer->element_bytes);
  }
}
