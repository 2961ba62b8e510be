#ifndef DUNLIN_TFLITE_LIBRARY_H
#define DUNLIN_TFLITE_LIBRARY_H

#include <stdarg.h>

#include "error_text.h"
#include "tflite_abi.h"

typedef void (*tflite_reporter)(void *user_data, const char *format, va_list arguments);

/* Larger than TfLiteXNNPackDelegateOptions of any version (72 bytes in 2.21). */
typedef struct {
  uint32_t word[64];
} tflite_xnnpack_options;

/* Functions of a TFLite C library; those from `model_create_reporting` on may be absent (NULL). */
typedef struct {
  const char *(*version)(void);
  tflite_model *(*model_create)(const void *data, size_t size);
  void (*model_delete)(tflite_model *model);
  tflite_options *(*options_create)(void);
  void (*options_delete)(tflite_options *options);
  void (*options_set_threads)(tflite_options *options, int32_t threads);
  void (*options_set_reporter)(tflite_options *options, tflite_reporter reporter, void *user_data);
  tflite_interpreter *(*create)(const tflite_model *model, const tflite_options *options);
  void (*delete)(tflite_interpreter *interpreter);
  int32_t (*input_count)(const tflite_interpreter *interpreter);
  tflite_tensor *(*input)(const tflite_interpreter *interpreter, int32_t index);
  int32_t (*output_count)(const tflite_interpreter *interpreter);
  const tflite_tensor *(*output)(const tflite_interpreter *interpreter, int32_t index);
  int (*resize_input)(tflite_interpreter *interpreter, int32_t index, const int *dims, int32_t dims_size);
  int (*allocate)(tflite_interpreter *interpreter);
  int (*invoke)(tflite_interpreter *interpreter);
  tflite_model *(*model_create_reporting)(const void *data, size_t size, tflite_reporter reporter, void *user_data);
  tflite_tensor *(*tensor)(const tflite_interpreter *interpreter, int index);
  int (*modify_graph)(tflite_interpreter *interpreter, tflite_delegate *delegate);
  tflite_xnnpack_options (*xnnpack_options_default)(void);
  tflite_delegate *(*xnnpack_create)(const tflite_xnnpack_options *options);
  void (*xnnpack_delete)(tflite_delegate *delegate);
  int (*xnnpack_get_flags)(tflite_delegate *delegate);
} tflite_functions;

/* An opened TFLite C library, shared by all environments of the process and kept until it ends: unloading would pull
 * thread-local destructors and CPU tables from under threads that still run. */
typedef struct dunlin_tflite {
  struct dunlin_tflite *next;
  void *handle;
  char *path;
  tflite_functions call;
  int xnnpack_flags_word; /* index of `flags` in the options; 0 = not known yet */
} dunlin_tflite;

/* NULL on failure, with the reason in error. Opening the same path again shares the first opening. */
dunlin_tflite *dunlin_tflite_open(const char *path, dunlin_error_text *error);
/* NULL when the library refuses; flags are TFLITE_XNNPACK_DELEGATE_FLAG_*. */
tflite_delegate *dunlin_tflite_xnnpack(dunlin_tflite *library, int threads, uint32_t flags);

#endif
