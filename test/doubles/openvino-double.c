/* A double of OpenVINO's C library, release 2022.3.1, with one device: a Myriad stick.
 *
 * It reads the inputs and outputs of ONNX files (and takes any IR for y = relu(x) of 1x8), and computes, for element i of
 * every output, (sum of all input bytes + i) mod 128 in the output's type. Open dimensions of outputs turn out as 3. Like
 * the Myriad plugin it refuses properties that are not its own. test/doubles/double_control.h tells how tests disturb it;
 * `fail=open` refuses the model, `busy=1` every model. Built by the test: cc -shared -fPIC.
 *
 * DOUBLE_RELEASE 2026 (openvino-double-2026.c) is a current release instead: it reads from memory, tells errors in words,
 * counts element types anew, and has CPU, GPU.0 and NPU. Layouts: docs.openvino.ai, "OpenVINO Runtime C API" of both. */
#define _GNU_SOURCE
#ifndef DOUBLE_RELEASE
#define DOUBLE_RELEASE 2022
#endif

#include <stdarg.h>

#include "double_control.h"
#include "openvino_double_abi.h"

EXPORT int ov_get_openvino_version(const char *version[2]) {
  version[0] = strdup(build);
  version[1] = strdup("OpenVINO double");
  return OK;
}
EXPORT void ov_version_free(char *version[2]) {
  free(version[0]);
  free(version[1]);
}
EXPORT const char *ov_get_error_info(int status) { return status == OK ? "success" : "general error"; }
EXPORT void ov_free(char *text) { free(text); }

EXPORT int ov_core_create(void **core) {
  *core = strdup("core");
  return OK;
}
EXPORT void ov_core_free(void *core) { free(core); }

EXPORT int ov_core_get_available_devices(const void *core, devices_t *devices) {
  const double_orders orders = double_control_at(DOUBLE_PROBE);
  (void)core;
  if (orders.fail) return failed(GENERAL_ERROR, "cannot list devices");
  devices->count = orders.vanish ? 0 : DEVICES;
  devices->list = calloc(DEVICES, sizeof *devices->list);
  for (size_t index = 0; index < devices->count; index++) devices->list[index] = strdup(device_ids[index]);
  return OK;
}
EXPORT void ov_available_devices_free(devices_t *devices) {
  for (size_t index = 0; index < devices->count; index++) free(devices->list[index]);
  free(devices->list);
}

EXPORT int ov_core_get_property(const void *core, const char *device, const char *key, char **value) {
  (void)core;
  if (strcmp(key, "FULL_DEVICE_NAME") != 0) return failed(NOT_FOUND, "unknown property");
  return asprintf(value, "Double of %s", device) < 0 ? GENERAL_ERROR : OK;
}

static int read_model(const uint8_t *bytes, size_t size, double_model **model) {
  static const double_model relu = {1, 1, {{"x", 1, 2, {1, 8}}}, {{"y", 1, 2, {1, 8}}}};
  *model = calloc(1, sizeof **model);
  if (size > 5 && memcmp(bytes, "<?xml", 5) == 0) {
    **model = relu;
    return OK;
  }
  if (double_read_onnx(bytes, size, *model)) return OK;
  free(*model);
  return failed(GENERAL_ERROR, "Unable to read the model");
}

EXPORT int ov_core_read_model(const void *core, const char *path, const char *weights, double_model **model) {
  (void)core, (void)weights;
  FILE *file = fopen(path, "rbe");
  if (file == NULL) return failed(GENERAL_ERROR, "no such file");
  static uint8_t bytes[64 << 20];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  return read_model(bytes, size, model);
}
#if DOUBLE_RELEASE != 2022
EXPORT int ov_core_read_model_from_memory_buffer(const void *core, const char *bytes, size_t size, const void *weights,
                                                 double_model **model) {
  (void)core, (void)weights;
  return read_model((const uint8_t *)bytes, size, model);
}
EXPORT char *ov_get_last_err_msg(void) { return strdup(last_words); }
#endif
EXPORT void ov_model_free(double_model *model) { free(model); }

static bool is_known(const char *device) {
  for (size_t index = 0; index < DEVICES; index++)
    if (strncmp(device, device_ids[index], strlen(device)) == 0) return true;
  return strchr(device, ':') != NULL;
}

static bool is_property_of(const char *device, const char *key) {
  static const char *const common[] = {"PERFORMANCE_HINT", "CACHE_DIR"};
  static const char *const of_cpu[] = {"INFERENCE_NUM_THREADS", "INFERENCE_PRECISION_HINT"};
  for (size_t index = 0; index < 2; index++) {
    if (strcmp(key, common[index]) == 0) return true;
    if (strcmp(key, of_cpu[index]) == 0) return strcmp(device, "CPU") == 0;
  }
  return false;
}

EXPORT int ov_core_compile_model(const void *core, const double_model *model, const char *device, size_t words,
                                 double_model **compiled, ...) {
  const double_orders orders = double_control_at(DOUBLE_OPEN);
  (void)core;
  if (orders.vanish || !is_known(device)) return failed(GENERAL_ERROR, "Can not init Myriad device: NC_ERROR");
  if (orders.busy) return failed(GENERAL_ERROR, "Can not init Myriad device: NC_BUSY");
  if (orders.fail && strcmp(model->input[0].name, "x") != 0) return failed(GENERAL_ERROR, "Unsupported layer type");
  va_list properties;
  va_start(properties, compiled);
  int status = OK;
  for (size_t word = 0; word < words; word += 2) {
    const char *key = va_arg(properties, const char *);
    if (!is_property_of(device, key)) status = failed(NOT_FOUND, "Unsupported property");
    (void)va_arg(properties, const char *);
  }
  va_end(properties);
  if (status != OK) return status;
  *compiled = malloc(sizeof **compiled);
  **compiled = *model;
  return OK;
}
EXPORT void ov_compiled_model_free(double_model *compiled) { free(compiled); }

static void set_shape(double_io *io, partial_shape_t shape) {
  io->rank = shape.rank.max;
  for (int64_t axis = 0; axis < io->rank; axis++) io->dims[axis] = shape.dims[axis].max;
}
EXPORT int ov_model_reshape_by_port_indexes(double_model *model, const size_t *indexes, const partial_shape_t *shapes,
                                            size_t count) {
  for (size_t at = 0; at < count; at++) {
    if (indexes[at] >= model->inputs) return failed(INVALID_C_PARAM, "no such input");
    set_shape(&model->input[indexes[at]], shapes[at]);
  }
  return OK;
}
EXPORT int ov_model_reshape(double_model *model, const char **names, const partial_shape_t *shapes, size_t count) {
  for (size_t at = 0; at < count; at++)
    for (size_t index = 0; index < model->inputs; index++)
      if (strcmp(model->input[index].name, names[at]) == 0) set_shape(&model->input[index], shapes[at]);
  return OK;
}

#include "openvino_double_run.h"
