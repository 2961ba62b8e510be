#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "../addon/interpreter.h"
#include "engine.h"
#include "engine_tflite_edgetpu.h"

/* TensorFlow Lite, with any external delegate. Options: `threads`, `xnnpack` (flags of TfLiteXNNPackDelegateOptions, or
 * `no`), `plugin` (path of an external delegate, which goes before XNNPACK), `plugin.KEY` (the delegate's own options), `edgetpu.path` (the place
 * of the device that the delegate's option `device` shall mean). */

/* Shared memory of a tensor; NULL for none. */
typedef struct {
  void *memory;
  size_t size;
} host_bound;

struct host_model {
  dunlin_interpreter *interpreter;
  dunlin_interpreter_options options; /* for a second try without XNNPACK */
  dunlin_plugin_options plugin;
  char **texts; /* keys and values of the plugin's options */
  host_bound *bound[2]; /* of inputs and outputs */
  bool has_run;
  unsigned failures; /* runs that failed since the last good one */
};

static dunlin_tflite *library;
static char version[64];

static bool load(const char *path, dunlin_error_text *error) {
  library = dunlin_tflite_open(path, error);
  if (library) snprintf(version, sizeof version, "tflite %s", library->call.version());
  return library != NULL;
}

static const char *get_version(void) { return version; }

static const char *computes(const host_model *model) {
  static char text[sizeof version + 16];
  snprintf(text, sizeof text, "%s%s", version, model->options.xnnpack ? " + xnnpack" : "");
  return text;
}

/* Copies the delegate's own options, without their prefix. */
static bool copy_plugin_options(host_model *model, host_options options) {
  const char prefix[] = "plugin.";
  const size_t most = options.count;
  model->texts = calloc(2 * most + 1, sizeof *model->texts);
  if (!model->texts) return false;
  dunlin_plugin_options *plugin = &model->plugin;
  plugin->keys = (const char *const *)model->texts;
  plugin->values = (const char *const *)model->texts + most;
  for (size_t index = 0; index < most; index++) {
    if (strncmp(options.list[index].key, prefix, sizeof prefix - 1) != 0) continue;
    model->texts[plugin->count] = strdup(options.list[index].key + sizeof prefix - 1);
    model->texts[most + plugin->count] = strdup(options.list[index].value);
    if (!model->texts[plugin->count] || !model->texts[most + plugin->count]) return false;
    plugin->count++;
  }
  return true;
}

static bool copy_options(host_model *model, host_options options) {
  const char *xnnpack = host_option_get(options, "xnnpack", "no");
  const char *plugin = host_option_get(options, "plugin", NULL);
  const int threads = atoi(host_option_get(options, "threads", "1"));
  model->options = (dunlin_interpreter_options){
      .borrow_model = true,
      .threads = threads > 0 ? threads : 1,
      .xnnpack = strcmp(xnnpack, "no") != 0 && library->call.xnnpack_create,
      .xnnpack_flags = (uint32_t)strtoul(xnnpack, NULL, 10),
      .plugins = &model->plugin,
      .plugin_count = plugin ? 1 : 0,
  };
  model->plugin.path = plugin ? strdup(plugin) : NULL;
  return (!plugin || model->plugin.path) && copy_plugin_options(model, options);
}

/* XNNPACK computes what the delegate leaves, unless it refuses; TFLite's own kernels always can. */
static bool create(host_model *model, dunlin_code *code, dunlin_error_text *error) {
  model->interpreter = dunlin_interpreter_create(library, &model->options, code, error);
  if (model->interpreter || *code != DUNLIN_XNNPACK) return model->interpreter != NULL;
  dunlin_error_clear(error);
  model->options.xnnpack = false;
  model->interpreter = dunlin_interpreter_create(library, &model->options, code, error);
  return model->interpreter != NULL;
}

static bool check_ranks(const host_model *model, dunlin_error_text *error) {
  for (int output = 0; output < 2; output++) {
    const int count = dunlin_interpreter_count(model->interpreter, output);
    for (int index = 0; index < count; index++) {
      const dunlin_tensor tensor = dunlin_interpreter_tensor(model->interpreter, output, index);
      if (tensor.dims_size <= HOST_MAX_RANK) continue;
      dunlin_error_add(error, "tensor %s has %d dimensions; %d at most", tensor.name, tensor.dims_size, HOST_MAX_RANK);
      return false;
    }
  }
  return true;
}

static void close_model(host_model *model) {
  dunlin_interpreter_free(model->interpreter);
  for (size_t index = 0; index < model->plugin.count; index++) {
    free((char *)model->plugin.keys[index]);
    free((char *)model->plugin.values[index]);
  }
  free((char *)model->plugin.path);
  free(model->texts);
  free(model->bound[0]);
  free(model->bound[1]);
  free(model);
}

static bool open_all(host_model *model, dunlin_code *code, dunlin_error_text *error) {
  if (!create(model, code, error)) return false;
  *code = DUNLIN_MODEL;
  for (int output = 0; output < 2; output++) {
    const size_t count = (size_t)dunlin_interpreter_count(model->interpreter, output);
    if (!(model->bound[output] = calloc(count + 1, sizeof *model->bound[output]))) return false;
  }
  return check_ranks(model, error);
}

/* Sets the delegate's option `device` to the number that the device at `edgetpu.path` has now. */
static bool place_device(host_model *model, host_options options, dunlin_error_text *error) {
  const char *path = host_option_get(options, "edgetpu.path", NULL);
  char device[32];
  for (size_t index = 0; path && index < model->plugin.count; index++) {
    if (strcmp(model->plugin.keys[index], "device") != 0) continue;
    snprintf(device, sizeof device, "%s", model->plugin.values[index]);
    if (!host_edgetpu_device(model->plugin.path, path, device, sizeof device, error)) return false;
    char *copy = strdup(device);
    if (!copy) return false;
    free((char *)model->plugin.values[index]);
    ((const char **)model->plugin.values)[index] = copy;
  }
  return true;
}

static host_model *open_model(const void *bytes, size_t size, host_options options, dunlin_code *code,
                              dunlin_error_text *error) {
  host_model *model = calloc(1, sizeof *model);
  *code = DUNLIN_MODEL;
  if (!model) return NULL;
  const bool copied = copy_options(model, options);
  model->options.model = bytes;
  model->options.model_size = size;
  const bool placed = copied && place_device(model, options, error);
  if (copied && !placed) *code = DUNLIN_DELEGATE;
  if (placed && open_all(model, code, error)) return model;
  close_model(model);
  return NULL;
}

static size_t count(const host_model *model, bool outputs) {
  return (size_t)dunlin_interpreter_count(model->interpreter, outputs);
}

/* Outputs of a model that decides shapes while it runs have no size before. */
static void describe(const host_model *model, bool output, size_t index, host_tensor *tensor) {
  const dunlin_tensor now = dunlin_interpreter_tensor(model->interpreter, output, (int)index);
  const bool open = output && !model->has_run && dunlin_interpreter_is_dynamic(model->interpreter);
  *tensor = (host_tensor){
      .type = now.type,
      .scale = now.quantization.scale,
      .zero_point = now.quantization.zero_point,
      .size = open ? 0 : now.size,
  };
  strncpy(tensor->name, now.name, sizeof tensor->name - 1);
  for (; tensor->rank < now.dims_size && tensor->rank < HOST_MAX_RANK; tensor->rank++)
    tensor->dims[tensor->rank] = now.dims[tensor->rank];
}

static bool bind(host_model *model, bool output, size_t index, void *memory, size_t size, dunlin_error_text *error) {
  (void)error;
  model->bound[output][index] = (host_bound){memory, size};
  return true;
}

static bool read_output(const host_model *model, size_t index, void *memory, size_t size) {
  const dunlin_tensor tensor = dunlin_interpreter_tensor(model->interpreter, true, (int)index);
  if (tensor.size != size || !tensor.data) return false;
  memcpy(memory, tensor.data, size);
  return true;
}

/* TFLite plans its own memory, and delegates hold on to it: the shared memory is copied from and to. */
static bool copy_tensors(const host_model *model, bool output) {
  const int count = dunlin_interpreter_count(model->interpreter, output);
  for (int index = 0; index < count; index++) {
    const host_bound *bound = &model->bound[output][index];
    const dunlin_tensor tensor = dunlin_interpreter_tensor(model->interpreter, output, index);
    if (!bound->memory || bound->size == 0) continue;
    if (tensor.size != bound->size) return false;
    if (output)
      memcpy(bound->memory, tensor.data, bound->size);
    else
      memcpy(tensor.data, bound->memory, bound->size);
  }
  return true;
}

static dunlin_code invoke(host_model *model, dunlin_error_text *error) {
  if (!model->interpreter || !copy_tensors(model, false)) return DUNLIN_RUN;
  const dunlin_code code = dunlin_interpreter_invoke(model->interpreter, error);
  if (code != DUNLIN_OK) return code;
  if (copy_tensors(model, true)) return DUNLIN_OK;
  dunlin_error_add(error, "the run gave outputs of another size");
  return DUNLIN_RUN;
}

/* A run on a device does not fail by the input's values. Once may be a glitch, twice is a device that is gone. */
static dunlin_code judge(host_model *model, dunlin_code code) {
  const unsigned patience = 2;
  model->failures = code == DUNLIN_OK ? 0 : model->failures + 1;
  model->has_run = model->has_run || code == DUNLIN_OK;
  if (code == DUNLIN_OK) return code;
  return model->plugin.path && model->failures >= patience ? DUNLIN_LOST : DUNLIN_RUN;
}

/* Some models are taken by XNNPACK, which then cannot run them. The first run shows it. */
static dunlin_code run(host_model *model, dunlin_error_text *error) {
  dunlin_code code = invoke(model, error);
  if (code == DUNLIN_XNNPACK && !model->has_run) {
    fprintf(stderr, "tflite: XNNPACK does not run this model; using the builtin kernels (%s)\n", error->text);
    dunlin_error_clear(error);
    dunlin_interpreter_free(model->interpreter);
    model->options.xnnpack = false;
    if (create(model, &code, error)) code = invoke(model, error);
  }
  return judge(model, code);
}

const host_engine host_engine_tflite = {
    .name = "tflite",
    .load = load,
    .version = get_version,
    .open = open_model,
    .count = count,
    .describe = describe,
    .bind = bind,
    .run = run,
    .read = read_output,
    .close = close_model,
    .computes = computes,
};
