/* Raw frames as planes: checked sizes, strides, and readers for rows that need unpacking. */
#include "image_internal.h"

#if defined(__x86_64__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* ITU-R BT.601 luma in 16-bit fixed point, as Pillow's convert("L"). */
static inline uint8_t luma(int red, int green, int blue) {
  return (uint8_t)((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
}

static void read_rgb_as_gray(const uint8_t *row, uint8_t *out, int width) {
  for (int x = 0; x < width; x++) out[x] = luma(row[3 * x], row[3 * x + 1], row[3 * x + 2]);
}

static void read_bgr_as_gray(const uint8_t *row, uint8_t *out, int width) {
  for (int x = 0; x < width; x++) out[x] = luma(row[3 * x + 2], row[3 * x + 1], row[3 * x]);
}

static void read_rgba_as_gray(const uint8_t *row, uint8_t *out, int width) {
  for (int x = 0; x < width; x++) out[x] = luma(row[4 * x], row[4 * x + 1], row[4 * x + 2]);
}

/* Bytes 0, 2, 4 … of the row, or 1, 3, 5 …; compilers leave this loop scalar at -O2, and it is a third of a YUYV frame. */
static inline void read_alternate(const uint8_t *row, uint8_t *out, int count, int is_odd) {
  int i = 0;
#if defined(__x86_64__)
  for (; i + 16 <= count; i += 16) {
    __m128i low = _mm_loadu_si128((const __m128i *)(const void *)(row + 2 * i));
    __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(row + 2 * i + 16));
    low = is_odd ? _mm_srli_epi16(low, 8) : _mm_and_si128(low, _mm_set1_epi16(0xff));
    high = is_odd ? _mm_srli_epi16(high, 8) : _mm_and_si128(high, _mm_set1_epi16(0xff));
    _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_packus_epi16(low, high));
  }
#elif defined(__aarch64__)
  for (; i + 16 <= count; i += 16) vst1q_u8(out + i, vld2q_u8(row + 2 * i).val[is_odd]);
#endif
  for (; i < count; i++) out[i] = row[2 * i + is_odd];
}

static void read_yuyv_luma(const uint8_t *row, uint8_t *out, int width) { read_alternate(row, out, width, 0); }

/* U and V alternate between the luma bytes, two for each pixel of the half-width plane. */
static void read_yuyv_chroma(const uint8_t *row, uint8_t *out, int width) { read_alternate(row, out, 2 * width, 1); }

static void add_plane(struct image_source *source, const uint8_t *data, size_t stride, int width, int height,
                      int channels, image_row_reader *reader) {
  struct image_plane *plane = &source->planes[source->plane_count++];
  plane->data = data;
  plane->stride = stride;
  plane->size = stride * (size_t)height;
  plane->width = width;
  plane->height = height;
  plane->channels = channels;
  /* Half-size chroma covers the same area: its pixels lie between the luma pixels they belong to. */
  plane->scale_x = width == source->width ? 1.0 : 0.5;
  plane->scale_y = height == source->height ? 1.0 : 0.5;
  plane->reader = reader;
}

static void open_interleaved(const dunlin_picture *picture, int color, struct image_source *source) {
  static const struct {
    int channels, red, blue;
    image_row_reader *as_gray;
  } layouts[] = {[IMAGE_RGB] = {3, 0, 2, read_rgb_as_gray},
                 [IMAGE_BGR] = {3, 2, 0, read_bgr_as_gray},
                 [IMAGE_RGBA] = {4, 0, 2, read_rgba_as_gray},
                 [IMAGE_GRAY] = {1, 0, 0, NULL}};
  int channels = layouts[picture->format].channels;
  image_row_reader *reader = color == IMAGE_COLOR_GRAY ? layouts[picture->format].as_gray : NULL;
  size_t stride = (size_t)picture->width * (size_t)channels;
  add_plane(source, picture->data, stride, picture->width, picture->height, reader != NULL ? 1 : channels, reader);
  if (source->planes[0].channels == 1) return;
  source->order[0] = layouts[picture->format].red;
  source->order[1] = 1;
  source->order[2] = layouts[picture->format].blue;
}

/* Planes of a YUV frame; the chroma of a side with an odd number of pixels is rounded up. */
static void open_yuv(const dunlin_picture *picture, int color, struct image_source *source) {
  int width = picture->width, height = picture->height;
  int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
  size_t luma_size = (size_t)width * (size_t)height, chroma_size = (size_t)half_width * (size_t)half_height;
  const uint8_t *chroma = picture->data + luma_size;
  source->is_yuv = 1;
  for (int c = 0; c < 3 && color != IMAGE_COLOR_GRAY; c++) source->order[c] = c; /* mixed to RGB after the resize */
  if (picture->format == IMAGE_YUYV) {
    size_t stride = (size_t)half_width * 4;
    add_plane(source, picture->data, stride, width, height, 1, read_yuyv_luma);
    if (color != IMAGE_COLOR_GRAY) add_plane(source, picture->data, stride, half_width, height, 2, read_yuyv_chroma);
    return;
  }
  add_plane(source, picture->data, (size_t)width, width, height, 1, NULL);
  if (color == IMAGE_COLOR_GRAY) return;
  if (picture->format == IMAGE_NV12) {
    add_plane(source, chroma, (size_t)half_width * 2, half_width, half_height, 2, NULL);
    return;
  }
  add_plane(source, chroma, (size_t)half_width, half_width, half_height, 1, NULL);
  add_plane(source, chroma + chroma_size, (size_t)half_width, half_width, half_height, 1, NULL);
}

static uint64_t frame_bytes(int format, int width, int height) {
  uint64_t pixels = (uint64_t)width * (uint64_t)height;
  uint64_t half_width = (uint64_t)(width + 1) / 2, half_height = (uint64_t)(height + 1) / 2;
  switch (format) {
    case IMAGE_RGB:
    case IMAGE_BGR:
      return pixels * 3;
    case IMAGE_RGBA:
      return pixels * 4;
    case IMAGE_GRAY:
      return pixels;
    case IMAGE_YUYV:
      return half_width * 4 * (uint64_t)height;
    default: /* nv12, i420 */
      return pixels + 2 * half_width * half_height;
  }
}

int image_open_raw(const dunlin_picture *picture, int color, struct image_source *source, struct image_error *error) {
  static const char *const names[IMAGE_FORMATS] = {"jpeg", "rgb", "bgr", "rgba", "gray", "nv12", "i420", "yuyv"};
  if (picture->format <= IMAGE_JPEG || picture->format >= IMAGE_FORMATS)
    return image_fail(error, "pixel format %d is unknown", picture->format);
  if (image_check_size(picture->width, picture->height, error) != 0) return -1;
  uint64_t expected = frame_bytes(picture->format, picture->width, picture->height);
  if ((uint64_t)picture->size != expected)
    return image_fail(error, "%d x %d pixels of %s are %llu bytes, got %llu", picture->width, picture->height,
                      names[picture->format], (unsigned long long)expected, (unsigned long long)picture->size);
  source->width = picture->width;
  source->height = picture->height;
  if (picture->format >= IMAGE_NV12) {
    open_yuv(picture, color, source);
  } else {
    open_interleaved(picture, color, source);
  }
  return 0;
}
