/* JPEG through libturbojpeg, opened at run time: scaled decoding to the smallest size that serves the target. */
#include "image_internal.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* TurboJPEG API 2, kept by every libjpeg-turbo from 1.5 to 3.x.
 * https://github.com/libjpeg-turbo/libjpeg-turbo/blob/2.1.5/turbojpeg.h */
typedef void *tj_handle;
typedef struct {
  int num, denom;
} tj_scaling_factor;
enum { TJPF_RGB = 0, TJPF_BGR = 1, TJPF_GRAY = 6 };
enum { TJCS_CMYK = 3, TJCS_YCCK = 4 };
enum { TJERR_FATAL = 1 };
#define TJFLAG_LIMITSCANS 32768 /* refuses progressive files made of thousands of scans; ignored before 2.1 */

struct dunlin_jpeg {
  void *library;
  tj_handle (*init_decompress)(void);
  int (*decompress_header)(tj_handle, const unsigned char *, unsigned long, int *, int *, int *, int *);
  int (*decompress)(tj_handle, const unsigned char *, unsigned long, unsigned char *, int, int, int, int, int);
  tj_scaling_factor *(*scaling_factors)(int *);
  int (*destroy)(tj_handle);
  char *(*error_of)(tj_handle);   /* since 2.0; else error_of_any */
  int (*error_code)(tj_handle);   /* since 2.0; NULL before */
  char *(*error_of_any)(void);
};

static int find_symbols(struct dunlin_jpeg *jpeg, const char **missing) {
  const struct {
    const char *name;
    void *slot;
    int is_needed;
  } symbols[] = {
      {"tjInitDecompress", &jpeg->init_decompress, 1}, {"tjDecompressHeader3", &jpeg->decompress_header, 1},
      {"tjDecompress2", &jpeg->decompress, 1},         {"tjGetScalingFactors", &jpeg->scaling_factors, 1},
      {"tjDestroy", &jpeg->destroy, 1},                {"tjGetErrorStr", &jpeg->error_of_any, 1},
      {"tjGetErrorStr2", &jpeg->error_of, 0},          {"tjGetErrorCode", &jpeg->error_code, 0},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
    void *address = dlsym(jpeg->library, symbols[i].name);
    memcpy(symbols[i].slot, &address, sizeof address);
    *missing = symbols[i].name;
    if (address == NULL && symbols[i].is_needed) return -1;
  }
  return 0;
}

dunlin_jpeg *dunlin_jpeg_open(const char *path, char *error, size_t error_size) {
  struct image_error report = {error, error_size};
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    image_fail(&report, "%s", dlerror());
    return NULL;
  }
  dunlin_jpeg *jpeg = calloc(1, sizeof *jpeg);
  const char *missing = "memory";
  if (jpeg != NULL) jpeg->library = library;
  if (jpeg == NULL || find_symbols(jpeg, &missing) != 0) {
    image_fail(&report, "%s: no TurboJPEG 1.5 to 3.x here: %s is missing", path, missing);
    dlclose(library);
    free(jpeg);
    return NULL;
  }
  return jpeg;
}

void dunlin_jpeg_close(dunlin_jpeg *jpeg) {
  if (jpeg == NULL) return;
  dlclose(jpeg->library);
  free(jpeg);
}

/* One JPEG on its way to pixels. */
struct decoder {
  const dunlin_jpeg *jpeg;
  tj_handle handle;
  const dunlin_picture *picture;
  struct image_error *error;
};

/* The last end-of-image marker; entropy-coded data cannot hold those two bytes. */
static const uint8_t *find_end(const dunlin_picture *picture) {
  for (size_t at = picture->size - 1; at > 0; at--)
    if (picture->data[at - 1] == 0xff && picture->data[at] == 0xd9) return picture->data + at - 1;
  return NULL;
}

static int is_padding(const uint8_t *end, size_t count, const dunlin_picture *picture) {
  if (end == NULL || (size_t)(end - picture->data) < count) return 0;
  for (size_t i = 2; i <= count; i++)
    if (end[-(ptrdiff_t)i] != end[-1]) return 0;
  return 1;
}

/*
 * libjpeg repairs what it can and warns; TurboJPEG keeps the text of the first warning only. A frame that lost data is an
 * error for us (a camera's bad frame is to be counted, not looked at), so all warnings are, but these:
 * a few stray bytes before a marker (many USB cameras put 1 to 5 before restart markers and the end), or any number of
 * equal bytes (padding) before the end; odd SOS parameters; unknown JFIF revisions and Adobe codes. Since these can hide
 * a later warning, the end-of-image marker must then be there, which a cut-off frame lacks.
 */
static int is_harmless(const char *text, const dunlin_picture *picture) {
  const uint8_t *end = find_end(picture);
  unsigned count = 0, marker = 0;
  if (end == NULL) return 0;
  const char *stray = strstr(text, "Corrupt JPEG data: ");
  if (stray != NULL && sscanf(stray, "Corrupt JPEG data: %u extraneous bytes before marker 0x%2x", &count, &marker) == 2)
    return count <= 16 || (marker == 0xd9 && is_padding(end, count, picture));
  return strstr(text, "Invalid SOS parameters for sequential JPEG") != NULL ||
         strstr(text, "unknown JFIF revision number") != NULL || strstr(text, "Unknown Adobe color transform") != NULL;
}

/* What a failed TurboJPEG call means: 0 when the picture is good all the same. */
static int judge(const struct decoder *decoder) {
  const dunlin_jpeg *jpeg = decoder->jpeg;
  const char *text = jpeg->error_of != NULL ? jpeg->error_of(decoder->handle) : jpeg->error_of_any();
  int is_fatal = jpeg->error_code != NULL && jpeg->error_code(decoder->handle) == TJERR_FATAL;
  if (!is_fatal && is_harmless(text, decoder->picture)) return 0;
  return image_fail(decoder->error, "jpeg of %zu bytes: %s", decoder->picture->size, text);
}

static int scaled(int side, tj_scaling_factor factor) { return (side * factor.num + factor.denom - 1) / factor.denom; }

/*
 * How much larger than the target the decoded picture must be, because libjpeg's scaled blocks are not Pillow's triangle.
 * Against whole decoding, over 35 photographs and 8 models of 32 to 300 pixels a side: with 1 the best class or face
 * changed in 10 of 279 runs, with 1.5 in 3, of which 2 at 32 pixels; with 2 in 1. On 750 ambiguous crops at 128 and 160
 * pixels, one in ten best classes changed at 1.1 and at 1.9 alike, while the mean pixel error fell from 1.2 of 255 over
 * 0.7 at 1.4 to 0.45. 1.4 lets 720p go to 128 pixels from 1/4. Boxes of YOLOX moved by less than a score of 0.01.
 */
static double needed_share(const struct image_fit *fit) {
  return fit->resized_width < 64 || fit->resized_height < 64 ? 2.0 : 1.4;
}

/*
 * The smallest of 1, 1/2, 1/4, 1/8 that still decodes enough pixels. The other eighths have no SIMD code in
 * libjpeg-turbo: a 720p picture takes 1.7 ms at 3/8, 1.6 at 1/2, 2.7 at 5/8, 4.0 at 7/8, 2.2 whole (2.1.5, x86-64).
 * Fast upsampling saves nothing at 1/2 and 10 % whole, where it would cost equality with Pillow; so it is off. Decoding
 * to planes and mixing colours after the resize saved 2 % of 720p to 224 pixels and added 0.2 to the pixel error.
 */
static tj_scaling_factor choose_scale(const dunlin_jpeg *jpeg, const dunlin_image_input *input,
                                      const struct image_fit *fit) {
  tj_scaling_factor best = {1, 1};
  int count = 0;
  tj_scaling_factor *factors = jpeg->scaling_factors(&count);
  /* The point filters' contract is the pixels of the whole picture. */
  if (factors == NULL || input->filter != IMAGE_BILINEAR) return best;
  double share = needed_share(fit), width = fit->resized_width * share, height = fit->resized_height * share;
  for (int i = 0; i < count; i++) {
    int divisor = factors[i].denom;
    int is_enough = fit->crop_width >= width * divisor && fit->crop_height >= height * divisor;
    if (factors[i].num == 1 && is_enough && divisor > best.denom) best = factors[i];
  }
  return best;
}

static int read_header(const struct decoder *decoder, struct image_source *source) {
  const dunlin_picture *picture = decoder->picture;
  int width = 0, height = 0, subsampling = 0, colors = 0;
  if (decoder->jpeg->decompress_header(decoder->handle, picture->data, (unsigned long)picture->size, &width, &height,
                                       &subsampling, &colors) != 0 &&
      judge(decoder) != 0)
    return -1;
  if (width < 1 || height < 1) return image_fail(decoder->error, "jpeg of %zu bytes: no picture", picture->size);
  if (image_check_size(width, height, decoder->error) != 0) return -1;
  if (colors == TJCS_CMYK || colors == TJCS_YCCK)
    return image_fail(decoder->error, "jpeg of %d x %d pixels: CMYK colours are not decoded here", width, height);
  source->width = width;
  source->height = height;
  return 0;
}

static int decode(const struct decoder *decoder, int color, struct image_plane *plane, struct image_buffer *memory) {
  int format = color == IMAGE_COLOR_GRAY ? TJPF_GRAY : color == IMAGE_COLOR_BGR ? TJPF_BGR : TJPF_RGB;
  plane->channels = color == IMAGE_COLOR_GRAY ? 1 : 3;
  plane->stride = (size_t)plane->width * (size_t)plane->channels;
  plane->size = plane->stride * (size_t)plane->height + IMAGE_SLACK;
  uint8_t *pixels = image_reserve(memory, plane->size);
  if (pixels == NULL) return image_fail(decoder->error, "no memory for %zu bytes of pixels", plane->size);
  plane->data = pixels;
  if (decoder->jpeg->decompress(decoder->handle, decoder->picture->data, (unsigned long)decoder->picture->size, pixels,
                                plane->width, (int)plane->stride, plane->height, format, TJFLAG_LIMITSCANS) != 0)
    return judge(decoder);
  return 0;
}

static int open_with(const struct decoder *decoder, const dunlin_image_input *input, struct image_source *source,
                     struct image_buffer *memory) {
  struct image_fit fit;
  if (read_header(decoder, source) != 0 ||
      image_fit_picture(decoder->picture, source->width, source->height, input, &fit, decoder->error) != 0)
    return -1;
  tj_scaling_factor factor = choose_scale(decoder->jpeg, input, &fit);
  struct image_plane *plane = &source->planes[0];
  source->plane_count = 1;
  plane->width = scaled(source->width, factor);
  plane->height = scaled(source->height, factor);
  /* The last scaled pixel may lie partly outside the picture: coordinates follow the factor, not the rounded size. */
  plane->scale_x = plane->scale_y = (double)factor.num / factor.denom;
  if (decode(decoder, input->color, plane, memory) != 0) return -1;
  if (input->color == IMAGE_COLOR_GRAY) return 0;
  source->order[0] = input->color == IMAGE_COLOR_BGR ? 2 : 0;
  source->order[1] = 1;
  source->order[2] = 2 - source->order[0];
  return 0;
}

/*
 * Every picture gets a decompressor of its own, which costs less than 1 us: a used one keeps the Huffman tables of the
 * picture before, and after an error in a header goes on in the middle of it, for ever (libjpeg-turbo 2.1.5 and others).
 */
int image_open_jpeg(dunlin_scratch *scratch, const dunlin_jpeg *jpeg, const dunlin_picture *picture,
                    const dunlin_image_input *input, struct image_source *source, struct image_error *error) {
  if (jpeg == NULL) return image_fail(error, "a jpeg needs libturbojpeg, which is not open");
  struct decoder decoder = {jpeg, jpeg->init_decompress(), picture, error};
  if (decoder.handle == NULL) return image_fail(error, "jpeg: %s", jpeg->error_of_any());
  int status = open_with(&decoder, input, source, &scratch->pixels);
  jpeg->destroy(decoder.handle);
  return status;
}
