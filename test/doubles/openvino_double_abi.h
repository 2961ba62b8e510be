#ifndef DUNLIN_TEST_OPENVINO_DOUBLE_ABI_H
#define DUNLIN_TEST_OPENVINO_DOUBLE_ABI_H

/* Types of OpenVINO's C API as its callers see them, and what the double keeps behind the opaque ones. */

#include "openvino_double_model.h"

#define EXPORT __attribute__((visibility("default")))
enum { OK = 0, GENERAL_ERROR = -1, NOT_FOUND = -5, INVALID_C_PARAM = -14 };

#if DOUBLE_RELEASE == 2022
static const char *const device_ids[] = {"MYRIAD"};
static const char build[] = "2022.3.1-9227-cf2c7da5689-double";
enum { FIRST = 2, UNSIGNED = 14 }; /* BOOLEAN, U8 */
#else
static const char *const device_ids[] = {"CPU", "GPU.0", "NPU"};
static const char build[] = "2026.4.1-22104-double";
enum { FIRST = 1, UNSIGNED = 16 };
#endif
enum { DEVICES = sizeof device_ids / sizeof *device_ids };

typedef struct {
  int onnx, number;
  size_t size;
} element_type;

static const element_type types[] = {
    {1, FIRST + 3, 4},     {2, UNSIGNED, 1},     {3, FIRST + 6, 1},  {4, UNSIGNED + 1, 2},
    {5, FIRST + 7, 2},     {6, FIRST + 8, 4},    {7, FIRST + 9, 8},  {9, FIRST, 1},
    {10, FIRST + 2, 2},    {11, FIRST + 4, 8},   {12, UNSIGNED + 2, 4}, {13, UNSIGNED + 3, 8},
};

typedef struct {
  char **list;
  size_t count;
} devices_t;
typedef struct {
  int64_t rank, *dims;
} shape_t;
typedef struct {
  int64_t min, max;
} dimension_t;
typedef struct {
  dimension_t rank;
  dimension_t *dims;
} partial_shape_t;
typedef struct {
  int number;
  int64_t rank, dims[DOUBLE_RANK];
  void *data;
  bool owned;
} tensor_t;
typedef struct {
  double_model model;
  tensor_t tensor[2][DOUBLE_TENSORS]; /* inputs, outputs */
} request_t;
typedef struct {
  double_io io;
  bool output;
  size_t index;
} port_t;

static char last_words[256];
static int failed(int status, const char *words) {
  snprintf(last_words, sizeof last_words, "Exception from double.cpp:1:\n%s\n", words);
  return status;
}

static const element_type *type_of(int onnx, int number) {
  for (size_t index = 0; index < sizeof types / sizeof *types; index++)
    if (types[index].onnx == onnx || types[index].number == number) return &types[index];
  return NULL;
}

static size_t bytes_of(const tensor_t *tensor) {
  const element_type *type = type_of(-1, tensor->number);
  size_t size = type == NULL ? 0 : type->size;
  for (int64_t axis = 0; axis < tensor->rank; axis++) size *= (size_t)tensor->dims[axis];
  return size;
}

#endif
