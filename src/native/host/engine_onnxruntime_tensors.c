#define _GNU_SOURCE
#include "engine_onnxruntime_tensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* By ONNXTensorElementDataType: number in TfLiteType, bytes. Zero: strings, complex numbers and types narrower than a
 * byte. */
static const struct {
  int32_t type;
  uint32_t bytes;
} element_types[] = {
    [1] = {1, 4}, [2] = {3, 1}, [3] = {9, 1},   [4] = {17, 2},  [5] = {7, 2},   [6] = {2, 4},
    [7] = {4, 8}, [9] = {6, 1}, [10] = {10, 2}, [11] = {11, 8}, [12] = {16, 4}, [13] = {13, 8},
};

static bool read_dims(const ort_library *library, const ort_tensor_info *info, ort_port *port,
                      dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  size_t rank = 0;
  if (!ort_ok(library, call->rank(info, &rank), error)) return false;
  if (rank > HOST_MAX_RANK) {
    dunlin_error_add(error, "%s has %zu dimensions; at most %d are supported", port->name, rank, HOST_MAX_RANK);
    return false;
  }
  port->tensor.rank = (int32_t)rank;
  return ort_ok(library, call->dims(info, port->tensor.dims, rank), error);
}

/* False when a dimension is open, or the product is beyond all reason. */
static bool count_bytes(const host_tensor *tensor, uint32_t element_bytes, uint64_t *bytes) {
  *bytes = element_bytes;
  for (int32_t index = 0; index < tensor->rank; index++) {
    if (tensor->dims[index] < 0 || __builtin_mul_overflow(*bytes, (uint64_t)tensor->dims[index], bytes)) return false;
  }
  return true;
}

static void set_size(ort_port *port) {
  uint64_t bytes;
  port->tensor.size = count_bytes(&port->tensor, element_types[port->element_type].bytes, &bytes) ? bytes : 0;
}

static bool read_element_type(const ort_library *library, const ort_tensor_info *info, ort_port *port,
                              dunlin_error_text *error) {
  if (!ort_ok(library, library->call.element_type(info, &port->element_type), error)) return false;
  const size_t known = sizeof element_types / sizeof *element_types;
  const bool plain = (size_t)port->element_type < known && element_types[port->element_type].bytes > 0;
  if (plain)
    port->tensor.type = element_types[port->element_type].type;
  else
    dunlin_error_add(error, "%s has elements of type %d, which are no plain numbers", port->name, port->element_type);
  return plain;
}

static bool read_info(const ort_library *library, const ort_type_info *type, ort_port *port, dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  int kind = 0;
  if (!ort_ok(library, call->onnx_type(type, &kind), error)) return false;
  if (kind != ORT_TYPE_TENSOR) {
    dunlin_error_add(error, "%s is a sequence or map; only tensors are supported", port->name);
    return false;
  }
  const ort_tensor_info *info;
  if (!ort_ok(library, call->tensor_info(type, &info), error)) return false;
  if (!read_element_type(library, info, port, error) || !read_dims(library, info, port, error)) return false;
  set_size(port);
  return true;
}

bool ort_port_read(const ort_library *library, const ort_session *session, bool output, size_t index, ort_port *port,
                   dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  ort_status *named = output ? call->output_name(session, index, library->allocator, &port->name)
                             : call->input_name(session, index, library->allocator, &port->name);
  if (!ort_ok(library, named, error)) return false;
  snprintf(port->tensor.name, sizeof port->tensor.name, "%s", port->name);
  ort_type_info *type;
  ort_status *typed = output ? call->output_type(session, index, &type) : call->input_type(session, index, &type);
  if (!ort_ok(library, typed, error)) return false;
  const bool read = read_info(library, type, port, error);
  call->release_type(type);
  return read;
}

bool ort_port_fix(ort_port *port, const char *text, dunlin_error_text *error) {
  host_tensor *tensor = &port->tensor;
  const char *rest = text;
  for (int32_t index = 0; index < tensor->rank; index++) {
    char *end;
    const int64_t dim = strtoll(rest, &end, 10);
    const bool last = index + 1 == tensor->rank;
    const bool fits = tensor->dims[index] < 0 || tensor->dims[index] == dim;
    if (end == rest || *end != (last ? '\0' : ',') || dim < 0 || !fits) {
      dunlin_error_add(error, "input %s cannot have the shape %s", port->name, text);
      return false;
    }
    tensor->dims[index] = dim;
    rest = end + 1;
  }
  set_size(port);
  return true;
}

bool ort_port_bind(const ort_library *library, ort_port *port, void *memory, size_t size, dunlin_error_text *error) {
  const host_tensor *tensor = &port->tensor;
  if (size < tensor->size) {
    dunlin_error_add(error, "%s takes %" PRIu64 " bytes, but %zu were given", port->name, tensor->size, size);
    return false;
  }
  port->bound = ort_ok(library,
                       library->call.wrap_tensor(library->memory, memory, tensor->size, tensor->dims,
                                                 (size_t)tensor->rank, port->element_type, &port->value),
                       error);
  return port->bound;
}

bool ort_port_refresh(const ort_library *library, ort_port *port, dunlin_error_text *error) {
  ort_tensor_info *info;
  if (!ort_ok(library, library->call.value_info(port->value, &info), error)) return false;
  const bool read = read_element_type(library, info, port, error) && read_dims(library, info, port, error);
  library->call.release_tensor_info(info);
  if (read) set_size(port);
  return read;
}

void ort_port_free(const ort_library *library, ort_port *port) {
  if (port->value != NULL) library->call.release_value(port->value);
  if (port->name == NULL) return;
  ort_status *freed = library->call.allocator_free(library->allocator, port->name);
  if (freed != NULL) library->call.release_status(freed);
}
