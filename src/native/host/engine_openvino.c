#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "engine_openvino_model.h"

/* An accelerator whose runs fail one after the other is stuck; a new process with a fresh library may cure it. */
enum { FAILURES_OF_A_LOST_DEVICE = 3 };

static void close_model(host_model *model) {
  openvino_free_slots(&model->inputs);
  openvino_free_slots(&model->outputs);
  if (model->request != NULL) openvino.call.request_free(model->request);
  if (model->compiled != NULL) openvino.call.compiled_free(model->compiled);
  free(model->device);
  free(model);
}

/* Whose fault a failed compilation was: a device that is away or busy cannot compile the smallest model either. */
static dunlin_code compile_fault(const host_model *model, dunlin_error_text *error) {
  if (!openvino_has_device(model->device)) {
    dunlin_error_add(error, "%s lists no such device", openvino.version);
    return DUNLIN_DELEGATE;
  }
  return openvino_device_compiles(model->device) ? DUNLIN_MODEL : DUNLIN_DELEGATE;
}

static dunlin_code prepare(host_model *model, const openvino_graph *graph, host_options options,
                           dunlin_error_text *error) {
  if (!openvino_compile(model, graph, options, error)) return compile_fault(model, error);
  if (!openvino_find_slots(model, options, error)) return DUNLIN_MODEL;
  const openvino_status status = openvino.call.request_create(model->compiled, &model->request);
  return openvino_succeeded(status, model->device, error) ? DUNLIN_OK : DUNLIN_DELEGATE;
}

static host_model *open_model(const void *bytes, size_t size, host_options options, dunlin_code *code,
                              dunlin_error_text *error) {
  host_model *model = calloc(1, sizeof *model);
  *code = DUNLIN_MODEL;
  if (model != NULL) model->device = strdup(host_option_get(options, "device", "CPU"));
  openvino_graph *graph =
      model == NULL || model->device == NULL ? NULL : openvino_read_graph(bytes, size, options, error);
  if (graph != NULL) {
    *code = prepare(model, graph, options, error);
    openvino.call.graph_free(graph);
  }
  if (*code == DUNLIN_OK) return model;
  if (model != NULL) close_model(model);
  return NULL;
}

static openvino_slot *slot_of(const host_model *model, bool output, size_t index) {
  const openvino_slots *slots = output ? &model->outputs : &model->inputs;
  return &slots->list[index];
}

static size_t count_slots(const host_model *model, bool outputs) {
  return outputs ? model->outputs.count : model->inputs.count;
}

static void describe(const host_model *model, bool output, size_t index, host_tensor *tensor) {
  const openvino_slot *slot = slot_of(model, output, index);
  *tensor = slot->spec;
  openvino_shape shape = {0};
  openvino_tensor *current = slot->spec.size > 0 || !model->ran ? NULL : openvino_slot_tensor(model, slot, &shape);
  if (current == NULL) return;
  size_t bytes = 0;
  if (openvino.call.tensor_size(current, &bytes) == 0) {
    tensor->rank = (int32_t)shape.rank;
    tensor->size = bytes;
    memcpy(tensor->dims, shape.dims, (size_t)shape.rank * sizeof *shape.dims);
  }
  openvino.call.shape_free(&shape);
  openvino.call.tensor_free(current);
}

static bool bind(host_model *model, bool output, size_t index, void *memory, size_t size, dunlin_error_text *error) {
  openvino_slot *slot = slot_of(model, output, index);
  host_tensor *spec = &slot->spec;
  if (size < spec->size) {
    dunlin_error_add(error, "%s: needs %llu bytes, got %zu", spec->name, (unsigned long long)spec->size, size);
    return false;
  }
  const openvino_shape shape = {spec->rank, spec->dims};
  const int type = openvino_type_of_tflite(spec->type);
  if (!openvino_succeeded(openvino.call.tensor_wrap(type, shape, memory, &slot->bound), spec->name, error)) {
    slot->bound = NULL;
    return false;
  }
  return openvino_succeeded(openvino.call.set_tensor(model->request, slot->port, slot->bound), spec->name, error);
}

static dunlin_code run(host_model *model, dunlin_error_text *error) {
  if (openvino_succeeded(openvino.call.infer(model->request), model->device, error)) {
    model->failures = 0;
    model->ran = true;
    return DUNLIN_OK;
  }
  if (strcmp(model->device, "CPU") == 0) return DUNLIN_RUN;
  if (!openvino_has_device(model->device)) {
    dunlin_error_add(error, "the device is gone");
    return DUNLIN_LOST;
  }
  return ++model->failures >= FAILURES_OF_A_LOST_DEVICE ? DUNLIN_LOST : DUNLIN_RUN;
}

static bool read_output(const host_model *model, size_t index, void *memory, size_t size) {
  openvino_shape shape = {0};
  openvino_tensor *tensor = openvino_slot_tensor(model, &model->outputs.list[index], &shape);
  if (tensor == NULL) return false;
  size_t bytes = 0;
  void *data = NULL;
  const bool fits = openvino.call.tensor_size(tensor, &bytes) == 0 && bytes == size &&
                    openvino.call.tensor_data(tensor, &data) == 0;
  if (fits) memcpy(memory, data, size);
  openvino.call.shape_free(&shape);
  openvino.call.tensor_free(tensor);
  return fits;
}

const host_engine host_engine_openvino = {
    .name = "openvino",
    .load = openvino_load,
    .version = openvino_version,
    .list = openvino_list,
    .open = open_model,
    .count = count_slots,
    .describe = describe,
    .bind = bind,
    .run = run,
    .read = read_output,
    .close = close_model,
};
