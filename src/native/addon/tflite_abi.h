#ifndef DUNLIN_TFLITE_ABI_H
#define DUNLIN_TFLITE_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The part of TensorFlow Lite's C ABI that crosses between this addon, the TFLite library and delegate plugins.
 * Structs only ever grew at their end from 2.5 to 2.21; each is declared as 2.9 has it.
 * See https://github.com/tensorflow/tensorflow/blob/v2.9.0/tensorflow/lite/c/common.h
 * and https://github.com/tensorflow/tensorflow/blob/v2.18.0/tensorflow/lite/core/c/common.h */

enum { TFLITE_OK = 0, TFLITE_ERROR = 1 };
enum { TFLITE_MEMORY_CONSTANT = 1, TFLITE_MEMORY_DYNAMIC = 4 }; /* of TfLiteAllocationType */

typedef struct tflite_context tflite_context;
typedef struct tflite_delegate tflite_delegate;
typedef struct tflite_model tflite_model;
typedef struct tflite_options tflite_options;
typedef struct tflite_interpreter tflite_interpreter;

typedef struct {
  int size;
  int data[];
} tflite_int_array;

typedef struct {
  float scale;
  int32_t zero_point;
} tflite_quantization;

typedef struct {
  int type;
  void *data;
  tflite_int_array *dims;
  tflite_quantization quantization;
  int memory; /* TfLiteAllocationType */
  size_t bytes;
  const void *allocation;
  const char *name;
  tflite_delegate *delegate;
  int buffer_handle;
  bool data_is_stale, is_variable;
  int full_quantization_type;
  void *full_quantization, *sparsity;
  const tflite_int_array *dims_signature;
} tflite_tensor;

/* An array of these is part of the ABI (tflite_context.tensors). */
_Static_assert(sizeof(tflite_tensor) == 112, "TfLiteTensor has 112 bytes on 64-bit systems");

typedef struct {
  tflite_int_array *inputs, *outputs, *intermediates, *temporaries;
  void *user_data;
  void *builtin_data;
  const void *custom_initial_data;
  int custom_initial_data_size;
  tflite_delegate *delegate;
  bool might_have_side_effect;
} tflite_node;

/* What a delegate kernel's init receives as its buffer. */
typedef struct {
  tflite_delegate *delegate;
  tflite_int_array *nodes, *inputs, *outputs;
} tflite_delegate_params;

/* TfLiteRegistration as 2.9 has it: what every delegate passes at least. */
typedef struct {
  void *(*init)(tflite_context *context, const char *buffer, size_t length);
  void (*free)(tflite_context *context, void *user_data);
  int (*prepare)(tflite_context *context, tflite_node *node);
  int (*invoke)(tflite_context *context, tflite_node *node);
  const char *(*profiling_string)(const tflite_context *context, const tflite_node *node);
  int32_t builtin_code;
  const char *custom_name;
  int version;
} tflite_registration;

/* The same with room for what later versions added (three words up to 2.21), all zero. */
typedef struct {
  tflite_registration base;
  uintptr_t tail[8];
} tflite_registration_padded;

typedef int (*tflite_replace_function)(tflite_context *context, tflite_registration_padded registration,
                                       const tflite_int_array *nodes, tflite_delegate *delegate);

/* TfLiteContext up to the member that the delegate shim replaces. */
struct tflite_context {
  size_t tensors_size;
  int (*get_execution_plan)(tflite_context *context, tflite_int_array **plan);
  tflite_tensor *tensors;
  void *impl;
  int (*resize_tensor)(tflite_context *context, tflite_tensor *tensor, tflite_int_array *size);
  void (*report_error)(tflite_context *context, const char *format, ...);
  int (*add_tensors)(tflite_context *context, int count, int *first_index);
  int (*get_node_and_registration)(tflite_context *context, int index, tflite_node **node, tflite_registration **out);
  tflite_replace_function replace_node_subsets;
};

/* TfLiteDelegate as 2.9 has it. */
struct tflite_delegate {
  void *data;
  int (*prepare)(tflite_context *context, tflite_delegate *delegate);
  int (*copy_from_buffer)(tflite_context *context, tflite_delegate *delegate, int handle, tflite_tensor *tensor);
  int (*copy_to_buffer)(tflite_context *context, tflite_delegate *delegate, int handle, tflite_tensor *tensor);
  void (*free_buffer)(tflite_context *context, tflite_delegate *delegate, int *handle);
  int64_t flags;
};

#endif
