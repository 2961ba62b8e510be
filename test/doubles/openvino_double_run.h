#ifndef DUNLIN_TEST_OPENVINO_DOUBLE_RUN_H
#define DUNLIN_TEST_OPENVINO_DOUBLE_RUN_H

/* Ports, tensors and inference of the double. Part of openvino-double.c. */

static int new_port(const double_model *model, bool output, size_t index, port_t **port) {
  if (index >= (output ? model->outputs : model->inputs)) return failed(INVALID_C_PARAM, "no such port");
  *port = malloc(sizeof **port);
  **port = (port_t){output ? model->output[index] : model->input[index], output, index};
  return OK;
}

static int named_port(const double_model *model, bool output, const char *name, port_t **port) {
  const double_io *list = output ? model->output : model->input;
  for (size_t index = 0; index < (output ? model->outputs : model->inputs); index++)
    if (strcmp(list[index].name, name) == 0) return new_port(model, output, index, port);
  return failed(NOT_FOUND, "no port of that name");
}

EXPORT int ov_model_const_input_by_name(const double_model *model, const char *name, port_t **port) {
  return named_port(model, false, name, port);
}
EXPORT int ov_compiled_model_inputs_size(const double_model *model, size_t *count) {
  *count = model->inputs;
  return OK;
}
EXPORT int ov_compiled_model_outputs_size(const double_model *model, size_t *count) {
  *count = model->outputs;
  return OK;
}
EXPORT int ov_compiled_model_input_by_index(const double_model *model, size_t index, port_t **port) {
  return new_port(model, false, index, port);
}
EXPORT int ov_compiled_model_output_by_index(const double_model *model, size_t index, port_t **port) {
  return new_port(model, true, index, port);
}
EXPORT int ov_compiled_model_input_by_name(const double_model *model, const char *name, port_t **port) {
  return named_port(model, false, name, port);
}
EXPORT int ov_compiled_model_output_by_name(const double_model *model, const char *name, port_t **port) {
  return named_port(model, true, name, port);
}
EXPORT int ov_port_get_any_name(const port_t *port, char **name) {
  *name = strdup(port->io.name);
  return OK;
}
EXPORT int ov_port_get_element_type(const port_t *port, int *number) {
  const element_type *type = type_of(port->io.onnx_type, -1);
  *number = type == NULL ? 0 : type->number;
  return OK;
}
EXPORT int ov_port_get_partial_shape(const port_t *port, partial_shape_t *shape) {
  shape->rank = (dimension_t){port->io.rank, port->io.rank};
  shape->dims = calloc(DOUBLE_RANK, sizeof *shape->dims);
  for (int64_t axis = 0; axis < port->io.rank; axis++) {
    const int64_t size = port->io.dims[axis];
    shape->dims[axis] = (dimension_t){size < 0 ? 0 : size, size};
  }
  return OK;
}
EXPORT void ov_partial_shape_free(partial_shape_t *shape) { free(shape->dims); }
EXPORT int ov_shape_free(shape_t *shape) {
  free(shape->dims);
  return OK;
}
EXPORT void ov_output_const_port_free(port_t *port) { free(port); }

EXPORT int ov_tensor_create_from_host_ptr(int number, shape_t shape, void *memory, tensor_t **tensor) {
  if (type_of(-1, number) == NULL || shape.rank > DOUBLE_RANK) return failed(INVALID_C_PARAM, "no such type");
  *tensor = calloc(1, sizeof **tensor);
  **tensor = (tensor_t){.number = number, .rank = shape.rank, .data = memory};
  memcpy((*tensor)->dims, shape.dims, (size_t)shape.rank * sizeof *shape.dims);
  return OK;
}
EXPORT int ov_tensor_create(int number, shape_t shape, tensor_t **tensor) {
  if (ov_tensor_create_from_host_ptr(number, shape, NULL, tensor) != OK) return GENERAL_ERROR;
  (*tensor)->data = calloc(1, bytes_of(*tensor) + 1);
  (*tensor)->owned = true;
  return OK;
}
EXPORT int ov_tensor_get_shape(const tensor_t *tensor, shape_t *shape) {
  shape->rank = tensor->rank;
  shape->dims = malloc(sizeof tensor->dims);
  memcpy(shape->dims, tensor->dims, sizeof tensor->dims);
  return OK;
}
EXPORT int ov_tensor_get_byte_size(const tensor_t *tensor, size_t *bytes) {
  *bytes = bytes_of(tensor);
  return OK;
}
EXPORT int ov_tensor_data(const tensor_t *tensor, void **data) {
  *data = tensor->data;
  return OK;
}
EXPORT void ov_tensor_free(tensor_t *tensor) {
  if (tensor->owned) free(tensor->data);
  free(tensor);
}

/* The device's own memory, for tensors that the caller does not bring. */
static void allocate_tensor(tensor_t *tensor, const double_io *io) {
  const element_type *type = type_of(io->onnx_type, -1);
  *tensor = (tensor_t){.number = type == NULL ? 0 : type->number, .rank = io->rank, .owned = true};
  for (int64_t axis = 0; axis < io->rank; axis++) tensor->dims[axis] = io->dims[axis] < 0 ? 3 : io->dims[axis];
  tensor->data = calloc(1, bytes_of(tensor) + 1);
}
EXPORT int ov_compiled_model_create_infer_request(const double_model *model, request_t **request) {
  *request = calloc(1, sizeof **request);
  (*request)->model = *model;
  for (size_t index = 0; index < model->inputs; index++)
    allocate_tensor(&(*request)->tensor[0][index], &model->input[index]);
  for (size_t index = 0; index < model->outputs; index++)
    allocate_tensor(&(*request)->tensor[1][index], &model->output[index]);
  return OK;
}
static tensor_t *tensor_of(request_t *request, const port_t *port) { return &request->tensor[port->output][port->index]; }

EXPORT int ov_infer_request_set_tensor_by_const_port(request_t *request, const port_t *port, const tensor_t *tensor) {
  tensor_t *kept = tensor_of(request, port);
  if (bytes_of(tensor) != bytes_of(kept)) return failed(GENERAL_ERROR, "The tensor has another size");
  if (kept->owned) free(kept->data);
  *kept = *tensor;
  kept->owned = false;
  return OK;
}
EXPORT int ov_infer_request_get_tensor_by_const_port(request_t *request, const port_t *port, tensor_t **tensor) {
  *tensor = malloc(sizeof **tensor);
  **tensor = *tensor_of(request, port);
  (*tensor)->owned = false;
  return OK;
}

static void write_element(const tensor_t *tensor, size_t index, unsigned value) {
  const element_type *type = type_of(-1, tensor->number);
  if (type->onnx == 1) ((float *)tensor->data)[index] = (float)value;
  else if (type->onnx == 11) ((double *)tensor->data)[index] = (double)value;
  else memcpy((char *)tensor->data + index * type->size, &(uint64_t){value}, type->size);
}

EXPORT int ov_infer_request_infer(request_t *request) {
  const double_orders orders = double_control_at(DOUBLE_RUN);
  if (orders.vanish) return failed(GENERAL_ERROR, "Failed to queue inference: NC_ERROR");
  if (orders.overheat) return failed(GENERAL_ERROR, "Failed to read output from FIFO: the device is too hot");
  if (orders.fail) return failed(GENERAL_ERROR, "Failed to read output from FIFO: NC_MYRIAD_ERROR");
  unsigned sum = 0;
  for (size_t index = 0; index < request->model.inputs; index++) {
    const tensor_t *input = &request->tensor[0][index];
    for (size_t at = 0; at < bytes_of(input); at++) sum += ((const uint8_t *)input->data)[at];
  }
  for (size_t index = 0; index < request->model.outputs; index++) {
    const tensor_t *output = &request->tensor[1][index];
    const size_t count = bytes_of(output) / type_of(-1, output->number)->size;
    for (size_t at = 0; at < count; at++)
      write_element(output, at, (unsigned)(orders.corrupt ? (size_t)rand() : sum + at) % 128);
  }
  return OK;
}

EXPORT void ov_infer_request_free(request_t *request) {
  (void)double_control_at(DOUBLE_CLOSE);
  for (int side = 0; side < 2; side++)
    for (size_t index = 0; index < DOUBLE_TENSORS; index++)
      if (request->tensor[side][index].owned) free(request->tensor[side][index].data);
  free(request);
}

#endif
