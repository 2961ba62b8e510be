/* A double of the TensorFlow Lite C library for tests of the host program: it takes a text for a model, and adds one to
 * every byte. The text says, separated by spaces: `bytes=N` length of input and output (16), `runMs=N` what a run takes
 * (0), `dynamic=1` an output whose size the first input byte decides, `outputs=N` how many (1).
 * Faults: double_control.h. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>

#include "double_control.h"

#define EXPORT __attribute__((visibility("default")))
enum { ok = 0, error = 1, type_uint8 = 3, arena = 2, dynamic_memory = 4, most_outputs = 300 };

typedef struct {
  int size;
  int data[1];
} int_array;

typedef struct {
  int type;
  uint8_t *data;
  int_array *dims;
  float scale;
  int32_t zero_point;
  int allocation_type;
  size_t bytes;
  const void *allocation;
  const char *name;
  void *delegate;
  int buffer_handle;
  bool data_is_stale, is_variable;
  int quantization_type;
  void *quantization_params, *sparsity;
  const int_array *dims_signature;
} tensor;

typedef struct {
  int bytes, run_ms, dynamic, outputs;
} model;

typedef struct {
  model model;
  int_array shape, output_shape;
  tensor input, output[most_outputs];
} interpreter;

typedef struct {
  int threads;
} options;

static int number_after(const char *text, const char *key, int otherwise) {
  const char *found = strstr(text, key);
  return found ? atoi(found + strlen(key)) : otherwise;
}

EXPORT const char *TfLiteVersion(void) { return "2.0.0-double"; }

EXPORT model *TfLiteModelCreate(const void *bytes, size_t size) {
  char text[256] = "";
  if (double_control_at(DOUBLE_OPEN).fail || size >= sizeof text) return NULL;
  memcpy(text, bytes, size);
  model *made = calloc(1, sizeof *made);
  *made = (model){number_after(text, "bytes=", 16), number_after(text, "runMs=", 0), number_after(text, "dynamic=", 0),
                  number_after(text, "outputs=", 1)};
  return made;
}

EXPORT void TfLiteModelDelete(model *made) { free(made); }
EXPORT options *TfLiteInterpreterOptionsCreate(void) { return calloc(1, sizeof(options)); }
EXPORT void TfLiteInterpreterOptionsDelete(options *given) { free(given); }
EXPORT void TfLiteInterpreterOptionsSetNumThreads(options *given, int32_t threads) { given->threads = threads; }
EXPORT void TfLiteInterpreterOptionsSetErrorReporter(options *given, void *report, void *user_data) {
  (void)given, (void)report, (void)user_data;
}

EXPORT interpreter *TfLiteInterpreterCreate(const model *made, const options *given) {
  (void)given;
  interpreter *self = calloc(1, sizeof *self);
  self->model = *made;
  return self;
}

EXPORT void TfLiteInterpreterDelete(interpreter *self) {
  double_control_at(DOUBLE_CLOSE);
  free(self->input.data);
  for (int index = 0; index < self->model.outputs; index++) free(self->output[index].data);
  free(self);
}

EXPORT int32_t TfLiteInterpreterGetInputTensorCount(const interpreter *self) {
  (void)self;
  return 1;
}
EXPORT tensor *TfLiteInterpreterGetInputTensor(interpreter *self, int32_t index) {
  (void)index;
  return &self->input;
}
EXPORT int32_t TfLiteInterpreterGetOutputTensorCount(const interpreter *self) { return self->model.outputs; }
EXPORT const tensor *TfLiteInterpreterGetOutputTensor(const interpreter *self, int32_t index) {
  return &self->output[index];
}
EXPORT int TfLiteInterpreterResizeInputTensor(interpreter *self, int32_t index, const int *dims, int32_t size) {
  (void)self, (void)index, (void)dims, (void)size;
  return error;
}

/* Takes any delegate, and computes all by itself. */
EXPORT int TfLiteInterpreterModifyGraphWithDelegate(interpreter *self, void *delegate) {
  (void)self, (void)delegate;
  return ok;
}

static tensor make_tensor(const char *name, int_array *shape, size_t bytes) {
  return (tensor){.type = type_uint8, .data = bytes > 0 ? calloc(1, bytes) : NULL, .dims = shape, .scale = 0.5F,
                  .zero_point = 3, .allocation_type = arena, .bytes = bytes, .name = name};
}

EXPORT int TfLiteInterpreterAllocateTensors(interpreter *self) {
  const size_t bytes = (size_t)self->model.bytes;
  self->shape = (int_array){1, {self->model.bytes}};
  self->output_shape = self->shape;
  self->input = make_tensor("in", &self->shape, bytes);
  for (int index = 0; index < self->model.outputs; index++) {
    self->output[index] = make_tensor("out", &self->output_shape, self->model.dynamic ? 0 : bytes);
    if (self->model.dynamic) self->output[index].allocation_type = dynamic_memory;
  }
  return ok;
}

static void decide_size(interpreter *self, tensor *output) {
  output->bytes = self->model.bytes > 0 ? self->input.data[0] : 0;
  self->output_shape.data[0] = (int)output->bytes;
  output->data = realloc(output->data, output->bytes + 1);
}

EXPORT int TfLiteInterpreterInvoke(interpreter *self) {
  const double_orders orders = double_control_at(DOUBLE_RUN);
  double_control_sleep_ms(self->model.run_ms);
  if (orders.fail || orders.vanish || orders.overheat) return error;
  for (int index = 0; index < self->model.outputs; index++) {
    tensor *output = &self->output[index];
    if (self->model.dynamic) decide_size(self, output);
    for (size_t byte = 0; byte < output->bytes; byte++)
      output->data[byte] = (uint8_t)(orders.corrupt ? 0xA5 : self->input.data[byte % self->input.bytes] + 1);
  }
  return ok;
}
