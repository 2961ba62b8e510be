#include "binding.h"
#include "binding_values.h"

#define CHOOSE(object, name, names, out) \
  read_choice(env, object, name, names, (int)(sizeof names / sizeof *names), out)

/* Indices are the numbers of image_process.h. */
static const char *const formats[] = {"jpeg", "rgb", "bgr", "rgba", "gray", "nv12", "i420", "yuyv"};
static const char *const layouts[] = {"nhwc", "nchw"};
static const char *const colors[] = {"rgb", "bgr", "gray"};
static const char *const fits[] = {"stretch", "letterbox", "letterbox-corner", "crop"};
static const char *const filters[] = {"nearest", "bilinear", "bilinear-point"};
/* Indices are TfLiteType. */
static const char *const dtypes[] = {NULL, "float32", NULL, "uint8", NULL, NULL, NULL, "int16", NULL, "int8"};
static const size_t dtype_sizes[] = {0, 4, 0, 1, 0, 0, 0, 2, 0, 1};

static bool read_channels(napi_env env, napi_value object, const char *name, uint32_t channels, float *numbers) {
  napi_value list, item;
  uint32_t count;
  double number;
  if (!read_property(env, object, name, &list) || !read_length(env, list, name, &count)) return false;
  if (count != channels) return throw_type_error(env, "native: expected %u numbers in %s", channels, name);
  for (uint32_t channel = 0; channel < channels; channel++) {
    if (napi_get_element(env, list, channel, &item) != napi_ok || !read_double(env, item, name, &number)) return false;
    numbers[channel] = (float)number;
  }
  return true;
}

static bool read_input(napi_env env, napi_value object, dunlin_image_input *input, size_t *size) {
  if (!read_int_property(env, object, "width", &input->width) ||
      !read_int_property(env, object, "height", &input->height) ||
      !read_int_property(env, object, "padValue", &input->pad_value) ||
      !CHOOSE(object, "layout", layouts, &input->layout) || !CHOOSE(object, "colorOrder", colors, &input->color) ||
      !CHOOSE(object, "fit", fits, &input->fit) || !CHOOSE(object, "filter", filters, &input->filter) ||
      !CHOOSE(object, "dtype", dtypes, &input->dtype))
    return false;
  if (input->width < 1 || input->height < 1 || input->width > UINT16_MAX || input->height > UINT16_MAX)
    return throw_type_error(env, "native: an input of %d x %d pixels", input->width, input->height);
  const uint32_t channels = input->color == 2 ? 1 : 3;
  *size = (size_t)input->width * (size_t)input->height * channels * dtype_sizes[input->dtype];
  return read_channels(env, object, "multiply", channels, input->multiply) &&
         read_channels(env, object, "add", channels, input->add);
}

static bool read_region(napi_env env, napi_value object, dunlin_picture *picture) {
  napi_value region;
  if (!read_optional(env, object, "region", &region)) return false;
  picture->has_region = region != NULL;
  return !region || (read_double_property(env, region, "x", &picture->region_x) &&
                     read_double_property(env, region, "y", &picture->region_y) &&
                     read_double_property(env, region, "width", &picture->region_width) &&
                     read_double_property(env, region, "height", &picture->region_height));
}

static bool read_jpeg(napi_env env, napi_value object, binding_picture *picture) {
  napi_value value;
  if (!read_optional(env, object, "jpeg", &value)) return false;
  if (!value) return picture->picture.format != 0 || throw_type_error(env, "native: a jpeg picture needs the library");
  binding_jpeg *jpeg = binding_jpeg_of(env, value);
  if (!jpeg) return false;
  picture->jpeg = jpeg->jpeg;
  return true;
}

static bool read_source(napi_env env, napi_value object, binding_picture *picture) {
  dunlin_picture *source = &picture->picture;
  void *data;
  if (!read_property(env, object, "data", &picture->data_value) ||
      !read_bytes(env, picture->data_value, "data", &data, &source->size) ||
      !CHOOSE(object, "format", formats, &source->format))
    return false;
  source->data = data;
  return read_int_property(env, object, "width", &source->width) &&
         read_int_property(env, object, "height", &source->height) && read_region(env, object, source) &&
         read_jpeg(env, object, picture);
}

static bool is_last(napi_env env, napi_ref reference, napi_value value) {
  napi_value last;
  bool same = false;
  return reference && napi_get_reference_value(env, reference, &last) == napi_ok && last &&
         napi_strict_equals(env, last, value, &same) == napi_ok && same;
}

static void keep(napi_env env, napi_value value, napi_ref *reference) {
  if (*reference) napi_delete_reference(env, *reference);
  if (napi_create_reference(env, value, 1, reference) != napi_ok) *reference = NULL;
}

/* Pipelines hand in the same object with every frame. */
static bool read_input_once(napi_env env, napi_value object, dunlin_image_input *input, size_t *size) {
  binding_env *instance;
  if (napi_get_instance_data(env, (void **)&instance) != napi_ok) return false;
  binding_last_picture *last = &instance->last;
  if (!is_last(env, last->input_value, object)) {
    if (!read_input(env, object, input, size)) return false;
    keep(env, object, &last->input_value);
    last->input = *input;
    last->input_size = *size;
  }
  *input = last->input;
  *size = last->input_size;
  return true;
}

bool binding_picture_read(napi_env env, napi_value value, binding_picture *picture) {
  napi_value input;
  size_t size = 0;
  if (!read_source(env, value, picture) || !read_property(env, value, "input", &input) ||
      !read_input_once(env, input, &picture->input, &size) ||
      !read_property(env, value, "target", &picture->target_value) ||
      !read_bytes(env, picture->target_value, "target", &picture->target, &picture->target_size))
    return false;
  if (picture->target_size == size) return true;
  return throw_type_error(env, "native: expected target to have %zu bytes but it has %zu", size, picture->target_size);
}

static bool same_geometry(const dunlin_geometry *a, const dunlin_geometry *b) {
  return a->source_width == b->source_width && a->source_height == b->source_height &&
         a->input_width == b->input_width && a->input_height == b->input_height && a->crop_x == b->crop_x &&
         a->crop_y == b->crop_y && a->scale_x == b->scale_x && a->scale_y == b->scale_y && a->pad_x == b->pad_x &&
         a->pad_y == b->pad_y;
}

napi_value binding_picture_geometry(napi_env env, const dunlin_geometry *geometry) {
  napi_value value;
  binding_env *instance;
  if (napi_get_instance_data(env, (void **)&instance) != napi_ok) return NULL;
  binding_last_picture *last = &instance->last;
  if (last->geometry_value && same_geometry(&last->geometry, geometry) &&
      napi_get_reference_value(env, last->geometry_value, &value) == napi_ok && value)
    return value;
  napi_create_object(env, &value);
  set_double(env, value, "sourceWidth", geometry->source_width);
  set_double(env, value, "sourceHeight", geometry->source_height);
  set_double(env, value, "inputWidth", geometry->input_width);
  set_double(env, value, "inputHeight", geometry->input_height);
  set_double(env, value, "cropX", geometry->crop_x);
  set_double(env, value, "cropY", geometry->crop_y);
  set_double(env, value, "scaleX", geometry->scale_x);
  set_double(env, value, "scaleY", geometry->scale_y);
  set_double(env, value, "padX", geometry->pad_x);
  set_double(env, value, "padY", geometry->pad_y);
  napi_object_freeze(env, value);
  keep(env, value, &last->geometry_value);
  last->geometry = *geometry;
  return value;
}
