#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "engine_onnxruntime_api.h"
#include "engine_onnxruntime_providers.h"
#include "engine_onnxruntime_tensors.h"

/* ONNX models through ONNX Runtime's C API. Options: `providers`, `trt.KEY`, `cuda.KEY`
 * (engine_onnxruntime_providers.h), `threads`, `optimization` (none, basic, extended, all) and `shape.N`, the
 * dimensions of input N where the model leaves some open. */

typedef struct {
  ort_port *list;
  const char **names; /* for run, as are the values */
  ort_value **values;
  size_t count;
} ort_ports;

/* `struct host_model` belongs to each engine by itself: the header only names it. */
struct host_model {
  ort_session *session;
  ort_ports inputs, outputs;
};

static ort_library library;

static bool load(const char *path, dunlin_error_text *error) { return ort_load(&library, path, error); }

static const char *version(void) { return library.version; }

static bool list(FILE *out, dunlin_error_text *error) { return ort_list_providers(&library, out, error); }

static bool says_any(const dunlin_error_text *error, const char *const *words) {
  while (*words != NULL && strstr(error->text, *words) == NULL) words++;
  return *words != NULL;
}

/* Whether it was the device that failed, not the model. The providers' error code says so, unless it is about the
 * model. */
static bool is_device_failure(int code, const dunlin_error_text *error) {
  static const char *const about_device[] = {"CUDA failure", "CUDA error",    "CUDNN failure",   "CUBLAS failure",
                                             "cudaError",    "out of memory", "allocate memory", NULL};
  static const char *const about_model[] = {"has no shape specified", NULL};
  if (says_any(error, about_device)) return true;
  return (code == ORT_ERROR_PROVIDER || code == ORT_ERROR_ENGINE) && !says_any(error, about_model);
}

/* After a failure of the device other than a lack of memory, every further call of the process fails: its context is
 * gone. */
static bool is_device_gone(int code, const dunlin_error_text *error) {
  static const char *const about_memory[] = {"out of memory", "allocate memory", NULL};
  return is_device_failure(code, error) && !says_any(error, about_memory);
}

static int optimization_level(const char *name) {
  if (strcmp(name, "none") == 0) return 0;
  if (strcmp(name, "basic") == 0) return 1;
  return strcmp(name, "extended") == 0 ? 2 : 99;
}

static bool configure(ort_session_options *session, host_options options, dunlin_error_text *error) {
  const ort_functions *call = &library.call;
  const int threads = atoi(host_option_get(options, "threads", "1"));
  const int level = optimization_level(host_option_get(options, "optimization", "all"));
  return ort_ok(&library, call->set_log_level(session, ORT_LOG_ERROR), error) &&
         ort_ok(&library, call->set_optimization(session, level), error) &&
         ort_ok(&library, call->set_intra_threads(session, threads), error) &&
         ort_ok(&library, call->set_inter_threads(session, 1), error);
}

static ort_session *create_session(const void *bytes, size_t size, host_options options, dunlin_code *code,
                                   dunlin_error_text *error) {
  const ort_functions *call = &library.call;
  ort_session_options *settings;
  ort_session *session = NULL;
  *code = DUNLIN_DELEGATE;
  if (!ort_ok(&library, call->create_options(&settings), error)) return NULL;
  if (configure(settings, options, error) && ort_append_providers(&library, settings, options, error)) {
    const int failed = ort_code(&library, call->create_session(library.env, bytes, size, settings, &session), error);
    if (failed != 0) session = NULL;
    *code = is_device_failure(failed, error) ? DUNLIN_DELEGATE : DUNLIN_MODEL;
  }
  call->release_options(settings);
  return session;
}

static bool allocate_ports(ort_ports *ports, size_t count) {
  ports->list = calloc(count + 1, sizeof *ports->list);
  ports->names = calloc(count + 1, sizeof *ports->names);
  ports->values = calloc(count + 1, sizeof *ports->values);
  if (ports->list == NULL || ports->names == NULL || ports->values == NULL) return false;
  ports->count = count;
  return true;
}

static bool read_ports(const ort_session *session, bool output, ort_ports *ports, dunlin_error_text *error) {
  const ort_functions *call = &library.call;
  size_t count;
  if (!ort_ok(&library, output ? call->output_count(session, &count) : call->input_count(session, &count), error))
    return false;
  if (!allocate_ports(ports, count)) {
    dunlin_error_add(error, "out of memory for %zu tensors", count);
    return false;
  }
  for (size_t index = 0; index < count; index++) {
    if (!ort_port_read(&library, session, output, index, &ports->list[index], error)) return false;
    ports->names[index] = ports->list[index].name;
  }
  return true;
}

static bool fix_shapes(ort_ports *inputs, host_options options, dunlin_error_text *error) {
  for (size_t index = 0; index < inputs->count; index++) {
    ort_port *port = &inputs->list[index];
    char key[32];
    snprintf(key, sizeof key, "shape.%zu", index);
    const char *shape = host_option_get(options, key, NULL);
    if (shape != NULL && !ort_port_fix(port, shape, error)) return false;
    for (int32_t axis = 0; axis < port->tensor.rank; axis++) {
      if (port->tensor.dims[axis] >= 0) continue;
      dunlin_error_add(error, "the model leaves dimension %d of its input %s open; option %s tells it", (int)axis,
                       port->name, key);
      return false;
    }
  }
  return true;
}

static void free_ports(ort_ports *ports) {
  for (size_t index = 0; index < ports->count; index++) ort_port_free(&library, &ports->list[index]);
  free(ports->list);
  free(ports->names);
  free(ports->values);
}

static void close_model(host_model *model) {
  free_ports(&model->inputs);
  free_ports(&model->outputs);
  if (model->session != NULL) library.call.release_session(model->session);
  free(model);
}

static host_model *open_model(const void *bytes, size_t size, host_options options, dunlin_code *code,
                              dunlin_error_text *error) {
  host_model *model = calloc(1, sizeof *model);
  *code = DUNLIN_MODEL;
  if (model == NULL) {
    dunlin_error_add(error, "out of memory");
    return NULL;
  }
  model->session = create_session(bytes, size, options, code, error);
  if (model->session != NULL && read_ports(model->session, false, &model->inputs, error) &&
      read_ports(model->session, true, &model->outputs, error) && fix_shapes(&model->inputs, options, error)) {
    *code = DUNLIN_OK;
    return model;
  }
  close_model(model);
  return NULL;
}

static size_t count(const host_model *model, bool outputs) {
  return outputs ? model->outputs.count : model->inputs.count;
}

static void describe(const host_model *model, bool output, size_t index, host_tensor *tensor) {
  *tensor = (output ? &model->outputs : &model->inputs)->list[index].tensor;
}

static bool bind(host_model *model, bool output, size_t index, void *memory, size_t size, dunlin_error_text *error) {
  ort_ports *ports = output ? &model->outputs : &model->inputs;
  if (!ort_port_bind(&library, &ports->list[index], memory, size, error)) return false;
  ports->values[index] = ports->list[index].value;
  return true;
}

/* An output that the library allocates is new in every run. */
static void forget_results(ort_ports *outputs) {
  for (size_t index = 0; index < outputs->count; index++) {
    ort_port *port = &outputs->list[index];
    if (port->bound || port->value == NULL) continue;
    library.call.release_value(port->value);
    port->value = NULL;
    outputs->values[index] = NULL;
  }
}

static dunlin_code run(host_model *model, dunlin_error_text *error) {
  ort_ports *inputs = &model->inputs, *outputs = &model->outputs;
  forget_results(outputs);
  const int failed =
      ort_code(&library,
               library.call.run(model->session, NULL, inputs->names, (const ort_value *const *)inputs->values,
                                inputs->count, outputs->names, outputs->count, outputs->values),
               error);
  for (size_t index = 0; index < outputs->count; index++) {
    ort_port *port = &outputs->list[index];
    if (port->bound) continue;
    port->value = outputs->values[index];
    if (failed == 0 && !ort_port_refresh(&library, port, error)) return DUNLIN_RUN;
  }
  if (failed == 0) return DUNLIN_OK;
  return is_device_gone(failed, error) ? DUNLIN_LOST : DUNLIN_RUN;
}

static bool read_output(const host_model *model, size_t index, void *memory, size_t size) {
  const ort_port *port = &model->outputs.list[index];
  void *data;
  dunlin_error_text ignored;
  dunlin_error_clear(&ignored);
  if (port->value == NULL || size > port->tensor.size) return false;
  if (!ort_ok(&library, library.call.value_data(port->value, &data), &ignored)) return false;
  if (size > 0) memcpy(memory, data, size);
  return true;
}

const host_engine host_engine_onnxruntime = {
    .name = "onnxruntime",
    .load = load,
    .version = version,
    .list = list,
    .open = open_model,
    .count = count,
    .describe = describe,
    .bind = bind,
    .run = run,
    .read = read_output,
    .close = close_model,
};
