#ifndef DUNLIN_TEST_EDGETPU_DOUBLE_TWIN_H
#define DUNLIN_TEST_EDGETPU_DOUBLE_TWIN_H

/* How the Edge TPU double computes what a real one would: with the model that the compiled one was made from. From the
 * environment:
 *
 *   DUNLIN_EDGETPU_DOUBLE_TFLITE  a TensorFlow Lite C library
 *   DUNLIN_EDGETPU_DOUBLE_TWINS   models, separated by colons; the first whose inputs and outputs have the names and sizes
 *                                 of an operator's computes for it, with XNNPACK as on the CPU */

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger than any version's: it comes back through memory, of which the library fills its part. */
typedef struct {
  uint32_t word[64];
} double_xnnpack_options;

typedef struct {
  void *(*model_create)(const char *path);
  void (*model_delete)(void *model);
  void *(*options_create)(void);
  void (*options_delete)(void *options);
  void *(*create)(const void *model, const void *options);
  void (*delete)(void *interpreter);
  int (*allocate)(void *interpreter);
  int (*invoke)(void *interpreter);
  int32_t (*input_count)(const void *interpreter);
  void *(*input)(const void *interpreter, int32_t index);
  int32_t (*output_count)(const void *interpreter);
  const void *(*output)(const void *interpreter, int32_t index);
  size_t (*size)(const void *tensor);
  void *(*data)(const void *tensor);
  const char *(*name)(const void *tensor);
  const char *(*version)(void);
  void (*options_add)(void *options, void *delegate);
  double_xnnpack_options (*xnnpack_default)(void);
  void *(*xnnpack_create)(const double_xnnpack_options *options);
  void (*xnnpack_delete)(void *delegate);
} double_tflite;

enum { double_most_tensors = 16 };

typedef struct {
  void *model, *interpreter, *xnnpack;
  size_t inputs, outputs;
  int input_at[double_most_tensors];  /* of the twin's input, among the operator's; further ones are constants */
  int output_at[double_most_tensors]; /* of the operator's output, among the twin's */
} double_twin;

/* A tensor of an operator, as far as its twin is found by it. */
typedef struct {
  const char *name;
  size_t size;
} double_end;

typedef struct {
  size_t inputs, outputs;
  const double_end *ends; /* the inputs, then the outputs */
} double_shape;

static bool double_tflite_load(double_tflite *call) {
  const char *path = getenv("DUNLIN_EDGETPU_DOUBLE_TFLITE");
  void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return false;
  const char *const names[] = {
      "TfLiteModelCreateFromFile",          "TfLiteModelDelete",
      "TfLiteInterpreterOptionsCreate",     "TfLiteInterpreterOptionsDelete",
      "TfLiteInterpreterCreate",            "TfLiteInterpreterDelete",
      "TfLiteInterpreterAllocateTensors",   "TfLiteInterpreterInvoke",
      "TfLiteInterpreterGetInputTensorCount", "TfLiteInterpreterGetInputTensor",
      "TfLiteInterpreterGetOutputTensorCount", "TfLiteInterpreterGetOutputTensor",
      "TfLiteTensorByteSize",               "TfLiteTensorData",
      "TfLiteTensorName",                   "TfLiteVersion",
      "TfLiteInterpreterOptionsAddDelegate", "TfLiteXNNPackDelegateOptionsDefault",
      "TfLiteXNNPackDelegateCreate",        "TfLiteXNNPackDelegateDelete",
  };
  void **slots = (void **)call;
  for (size_t index = 0; index < sizeof names / sizeof *names; index++)
    if ((slots[index] = dlsym(library, names[index])) == NULL) return false;
  return true;
}

static double_tflite double_call;

static bool double_is(const void *tensor, double_end end) {
  return double_call.size(tensor) == end.size && strcmp(double_call.name(tensor), end.name) == 0;
}

static bool double_twin_fits(double_twin *twin, double_shape shape) {
  twin->inputs = (size_t)double_call.input_count(twin->interpreter);
  twin->outputs = (size_t)double_call.output_count(twin->interpreter);
  if (twin->inputs > double_most_tensors || shape.outputs > double_most_tensors) return false;
  for (size_t index = 0; index < twin->inputs; index++) {
    twin->input_at[index] = -1;
    for (size_t end = 0; end < shape.inputs; end++)
      if (double_is(double_call.input(twin->interpreter, (int32_t)index), shape.ends[end]))
        twin->input_at[index] = (int)end;
    if (twin->input_at[index] < 0) return false;
  }
  for (size_t end = 0; end < shape.outputs; end++) {
    twin->output_at[end] = -1;
    for (size_t index = 0; index < twin->outputs; index++)
      if (double_is(double_call.output(twin->interpreter, (int32_t)index), shape.ends[shape.inputs + end]))
        twin->output_at[end] = (int)index;
    if (twin->output_at[end] < 0) return false;
  }
  return true;
}

static void double_twin_free(double_twin *twin) {
  if (twin == NULL) return;
  if (twin->interpreter != NULL) double_call.delete(twin->interpreter);
  if (twin->xnnpack != NULL) double_call.xnnpack_delete(twin->xnnpack);
  if (twin->model != NULL) double_call.model_delete(twin->model);
  free(twin);
}

/* XNNPACK on one thread, for signed and unsigned 8-bit operators. 2.21 put a word in front of the flags. */
static void *double_xnnpack(void) {
  double_xnnpack_options options = double_call.xnnpack_default();
  options.word[0] = 1;
  options.word[strncmp(double_call.version(), "2.18", 4) == 0 ? 1 : 2] = 3;
  return double_call.xnnpack_create(&options);
}

static double_twin *double_twin_open(const char *path) {
  double_twin *twin = calloc(1, sizeof *twin);
  twin->model = double_call.model_create(path);
  void *options = double_call.options_create();
  twin->xnnpack = double_xnnpack();
  if (twin->xnnpack != NULL) double_call.options_add(options, twin->xnnpack);
  if (twin->model != NULL) twin->interpreter = double_call.create(twin->model, options);
  double_call.options_delete(options);
  if (twin->interpreter != NULL && double_call.allocate(twin->interpreter) == 0) return twin;
  double_twin_free(twin);
  return NULL;
}

/* The twin of an operator of this shape; NULL when no twins are given. A list without a fitting one is a slip of the test. */
static double_twin *double_twin_find(double_shape shape) {
  const char *list = getenv("DUNLIN_EDGETPU_DOUBLE_TWINS");
  if (list == NULL || *list == '\0') return NULL;
  if (double_call.invoke == NULL && !double_tflite_load(&double_call)) abort();
  char *copy = strdup(list), *rest = NULL;
  double_twin *found = NULL;
  for (char *path = strtok_r(copy, ":", &rest); path != NULL && found == NULL; path = strtok_r(NULL, ":", &rest)) {
    double_twin *twin = double_twin_open(path);
    if (twin != NULL && double_twin_fits(twin, shape)) found = twin;
    else double_twin_free(twin);
  }
  free(copy);
  if (found == NULL) fprintf(stderr, "double: no twin in DUNLIN_EDGETPU_DOUBLE_TWINS has the operator's names and sizes\n");
  return found;
}

/* Where the twin's input lies, and in `end` which of the operator's inputs belongs there. */
static void *double_twin_input(const double_twin *twin, size_t index, int *end) {
  *end = twin->input_at[index];
  return double_call.data(double_call.input(twin->interpreter, (int32_t)index));
}

/* What the twin computed for an output of the operator. */
static const void *double_twin_output(const double_twin *twin, size_t end) {
  return double_call.data(double_call.output(twin->interpreter, twin->output_at[end]));
}

static bool double_twin_run(const double_twin *twin) { return double_call.invoke(twin->interpreter) == 0; }

#endif
