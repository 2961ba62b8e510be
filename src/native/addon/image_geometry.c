/* Where a picture lands in the input tensor. src/image/resolve.ts has the same arithmetic, tested equal. */
#include "image_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

int image_fail(struct image_error *error, const char *format, ...) {
  if (error->text != NULL && error->size > 0) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, error->size, format, arguments);
    va_end(arguments);
  }
  return -1;
}

int image_check_size(int width, int height, struct image_error *error) {
  if (width < 1 || height < 1) return image_fail(error, "a picture of %d x %d pixels", width, height);
  if (width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE || (uint64_t)width * (uint64_t)height > IMAGE_MAX_PIXELS)
    return image_fail(error, "%d x %d pixels are over the limit of 64 Mpx, %d a side", width, height, IMAGE_MAX_SIDE);
  return 0;
}

static double at_least(double value, double low) { return value < low ? low : value; }
static double at_most(double value, double high) { return value > high ? high : value; }

/* The region clipped to the picture; the whole picture without one. */
static int clip_region(const dunlin_picture *picture, int width, int height, struct image_fit *fit,
                       struct image_error *error) {
  fit->crop_x = 0;
  fit->crop_y = 0;
  fit->crop_width = width;
  fit->crop_height = height;
  if (!picture->has_region) return 0;
  double x = picture->region_x, y = picture->region_y;
  double right = at_most(x + picture->region_width, width), bottom = at_most(y + picture->region_height, height);
  fit->crop_x = at_least(x, 0);
  fit->crop_y = at_least(y, 0);
  fit->crop_width = right - fit->crop_x;
  fit->crop_height = bottom - fit->crop_y;
  /* The comparison is false for NaN too. */
  if (fit->crop_width > 0 && fit->crop_height > 0) return 0;
  return image_fail(error, "the region %g,%g %gx%g has no pixel of a %d x %d picture", x, y, picture->region_width,
                    picture->region_height, width, height);
}

/* Cuts the middle of the input's aspect out of the crop box; the numbers are those of Pillow's ImageOps.fit. */
static void cut_middle(const dunlin_image_input *input, struct image_fit *fit) {
  double width = fit->crop_width, height = fit->crop_height;
  double wanted = (double)input->width / input->height, present = width / height;
  if (present > wanted) fit->crop_width = wanted * height;
  if (present < wanted) fit->crop_height = width / wanted;
  fit->crop_x += (width - fit->crop_width) * 0.5;
  fit->crop_y += (height - fit->crop_height) * 0.5;
}

static int kept_side(double side, double ratio, int limit) {
  int kept = (int)at_most(side * ratio, limit);
  return kept < 1 ? 1 : kept;
}

int image_fit_picture(const dunlin_picture *picture, int width, int height, const dunlin_image_input *input,
                      struct image_fit *fit, struct image_error *error) {
  if (clip_region(picture, width, height, fit, error) != 0) return -1;
  fit->resized_width = input->width;
  fit->resized_height = input->height;
  fit->pad_x = 0;
  fit->pad_y = 0;
  if (input->fit == IMAGE_CROP) cut_middle(input, fit);
  if (input->fit != IMAGE_LETTERBOX && input->fit != IMAGE_LETTERBOX_CORNER) return 0;
  /* Sizes and offsets are cut off, not rounded: what the reference code of YOLOX and BlazeFace does. */
  double ratio = fmin(input->width / fit->crop_width, input->height / fit->crop_height);
  fit->resized_width = kept_side(fit->crop_width, ratio, input->width);
  fit->resized_height = kept_side(fit->crop_height, ratio, input->height);
  if (input->fit == IMAGE_LETTERBOX) {
    fit->pad_x = (input->width - fit->resized_width) / 2;
    fit->pad_y = (input->height - fit->resized_height) / 2;
  }
  return 0;
}

void image_describe_fit(const struct image_fit *fit, int width, int height, const dunlin_image_input *input,
                        dunlin_geometry *geometry) {
  geometry->source_width = width;
  geometry->source_height = height;
  geometry->input_width = input->width;
  geometry->input_height = input->height;
  geometry->crop_x = fit->crop_x;
  geometry->crop_y = fit->crop_y;
  geometry->scale_x = fit->resized_width / fit->crop_width;
  geometry->scale_y = fit->resized_height / fit->crop_height;
  geometry->pad_x = fit->pad_x;
  geometry->pad_y = fit->pad_y;
}
