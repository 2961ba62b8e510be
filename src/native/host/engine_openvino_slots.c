#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "engine_openvino_model.h"

typedef openvino_status (*find_by_name)(const openvino_compiled *compiled, const char *name, openvino_port **port);
typedef openvino_status (*find_by_index)(const openvino_compiled *compiled, size_t index, openvino_port **port);

static void forget_ports(openvino_slots *slots) {
  for (size_t index = 0; index < slots->count; index++) {
    if (slots->list[index].port != NULL) openvino.call.port_free(slots->list[index].port);
    slots->list[index].port = NULL;
  }
}

/* All by name, or none: a name that is missing means that the library has named them anew. */
static bool find_all_by_name(const host_model *model, openvino_slots *slots, find_by_name find, host_options options,
                             const char *stem) {
  for (size_t index = 0; index < slots->count; index++) {
    openvino_slot *slot = &slots->list[index];
    const char *name = openvino_indexed_option(options, stem, index);
    if (name == NULL || find(model->compiled, name, &slot->port) != 0) {
      slot->port = NULL;
      forget_ports(slots);
      return false;
    }
    snprintf(slot->spec.name, sizeof slot->spec.name, "%s", name);
  }
  return true;
}

static bool find_all_by_index(const host_model *model, openvino_slots *slots, find_by_index find,
                              dunlin_error_text *error) {
  for (size_t index = 0; index < slots->count; index++) {
    openvino_slot *slot = &slots->list[index];
    if (!openvino_succeeded(find(model->compiled, index, &slot->port), "asking for inputs and outputs", error)) {
      slot->port = NULL;
      return false;
    }
    char *name = NULL;
    if (openvino.call.port_name(slot->port, &name) != 0) name = NULL;
    snprintf(slot->spec.name, sizeof slot->spec.name, "%s", name == NULL ? "" : name);
    if (name != NULL) openvino.call.free(name);
  }
  return true;
}

/* Bytes of a tensor, or 0 while a dimension is open. */
static uint64_t size_of(const host_tensor *spec) {
  uint64_t size = openvino_type_size(spec->type);
  for (int32_t axis = 0; axis < spec->rank; axis++) {
    if (spec->dims[axis] < 0) return 0;
    size *= (uint64_t)spec->dims[axis];
  }
  return size;
}

static bool describe_shape(openvino_slot *slot, dunlin_error_text *error) {
  openvino_partial_shape shape = {0};
  host_tensor *spec = &slot->spec;
  if (!openvino_succeeded(openvino.call.port_shape(slot->port, &shape), spec->name, error)) return false;
  const bool known = shape.rank.min == shape.rank.max && shape.rank.max >= 0;
  const bool fits = !known || shape.rank.max <= HOST_MAX_RANK;
  spec->rank = known && fits ? (int32_t)shape.rank.max : 0;
  for (int32_t axis = 0; axis < spec->rank; axis++) {
    const openvino_dimension dim = shape.dims[axis];
    spec->dims[axis] = dim.min == dim.max ? dim.max : -1;
  }
  spec->size = known ? size_of(spec) : 0;
  if (!fits) dunlin_error_add(error, "%s: has more than %d dimensions", spec->name, HOST_MAX_RANK);
  openvino.call.partial_shape_free(&shape);
  return fits;
}

static bool describe_all(openvino_slots *slots, bool inputs, dunlin_error_text *error) {
  for (size_t index = 0; index < slots->count; index++) {
    openvino_slot *slot = &slots->list[index];
    int type = 0;
    if (!openvino_succeeded(openvino.call.port_type(slot->port, &type), slot->spec.name, error)) return false;
    slot->spec.type = openvino_type_to_tflite(type);
    if (slot->spec.type == 0) {
      dunlin_error_add(error, "%s: OpenVINO's element type %d has no plain elements", slot->spec.name, type);
      return false;
    }
    if (!describe_shape(slot, error)) return false;
    if (inputs && slot->spec.size == 0) {
      dunlin_error_add(error, "input %s: its shape is not fixed", slot->spec.name);
      return false;
    }
  }
  return true;
}

typedef openvino_status (*count_ports)(const openvino_compiled *compiled, size_t *count);

/* `expected`: as many as the caller knows of, or NULL. */
static bool allocate(const host_model *model, openvino_slots *slots, count_ports ask, const char *expected,
                     dunlin_error_text *error) {
  size_t count = 0;
  if (!openvino_succeeded(ask(model->compiled, &count), "counting inputs and outputs", error)) return false;
  if (expected != NULL && count != strtoul(expected, NULL, 10)) {
    dunlin_error_add(error, "OpenVINO sees %zu %s, the model file has %s", count,
                     slots == &model->inputs ? "inputs" : "outputs", expected);
    return false;
  }
  slots->list = calloc(count > 0 ? count : 1, sizeof *slots->list);
  slots->count = slots->list == NULL ? 0 : count;
  return slots->list != NULL;
}

bool openvino_find_slots(host_model *model, host_options options, dunlin_error_text *error) {
  const openvino_functions *call = &openvino.call;
  const char *inputs = host_option_get(options, "inputs", NULL), *outputs = host_option_get(options, "outputs", NULL);
  if (!allocate(model, &model->inputs, call->input_count, inputs, error)) return false;
  if (!allocate(model, &model->outputs, call->output_count, outputs, error)) return false;
  if (!find_all_by_name(model, &model->inputs, call->input_by_name, options, "input") &&
      !find_all_by_index(model, &model->inputs, call->input, error))
    return false;
  if (!find_all_by_name(model, &model->outputs, call->output_by_name, options, "output") &&
      !find_all_by_index(model, &model->outputs, call->output, error))
    return false;
  return describe_all(&model->inputs, true, error) && describe_all(&model->outputs, false, error);
}

void openvino_free_slots(openvino_slots *slots) {
  for (size_t index = 0; index < slots->count; index++)
    if (slots->list[index].bound != NULL) openvino.call.tensor_free(slots->list[index].bound);
  forget_ports(slots);
  free(slots->list);
  *slots = (openvino_slots){0};
}

openvino_tensor *openvino_slot_tensor(const host_model *model, const openvino_slot *slot, openvino_shape *shape) {
  openvino_tensor *tensor = NULL;
  if (openvino.call.get_tensor(model->request, slot->port, &tensor) != 0) return NULL;
  if (openvino.call.tensor_shape(tensor, shape) == 0 && shape->rank <= HOST_MAX_RANK) return tensor;
  openvino.call.tensor_free(tensor);
  return NULL;
}
