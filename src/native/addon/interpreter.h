#ifndef DUNLIN_INTERPRETER_H
#define DUNLIN_INTERPRETER_H

#include "tflite_library.h"

/* One model in one TFLite interpreter, with its delegates. Not thread safe: after creation it belongs to its lane. */
typedef struct dunlin_interpreter dunlin_interpreter;

typedef struct {
  const char *path;
  const char *const *keys, *const *values;
  size_t count;
} dunlin_plugin_options;

typedef struct {
  const void *model;
  size_t model_size;
  bool borrow_model; /* aligned to 64 bytes, and stays readable until free: no copy is made */
  int threads;
  bool xnnpack;
  uint32_t xnnpack_flags;
  const dunlin_plugin_options *plugins;
  size_t plugin_count;
} dunlin_interpreter_options;

/* One input or output as it is now; name and dims belong to the interpreter. */
typedef struct {
  const char *name;
  int type; /* TfLiteType */
  const int *dims;
  int dims_size;
  tflite_quantization quantization; /* scale 0: none */
  void *data;                       /* NULL while empty or not computed yet */
  size_t size;
} dunlin_tensor;

/* NULL on failure, with code and error set. Copies the model unless it is lent. */
dunlin_interpreter *dunlin_interpreter_create(dunlin_tflite *library, const dunlin_interpreter_options *options,
                                              dunlin_code *code, dunlin_error_text *error);
void dunlin_interpreter_free(dunlin_interpreter *interpreter);
/* DUNLIN_OK, or what failed with the reason in error. All data pointers change. */
dunlin_code dunlin_interpreter_resize(dunlin_interpreter *interpreter, int input, const int *dims, int dims_size,
                                      dunlin_error_text *error);
dunlin_code dunlin_interpreter_invoke(dunlin_interpreter *interpreter, dunlin_error_text *error);

int dunlin_interpreter_count(const dunlin_interpreter *interpreter, bool outputs);
dunlin_tensor dunlin_interpreter_tensor(const dunlin_interpreter *interpreter, bool output, int index);
/* True when TFLite may move tensors during a run: inputs are then staging memory of our own, and an output's data is
 * valid only until the next run. False: all data stays where it is until resize or free. */
bool dunlin_interpreter_is_dynamic(const dunlin_interpreter *interpreter);
/* True once a run has moved tensors although none was dynamic; data pointers taken before are then void. */
bool dunlin_interpreter_has_moved(const dunlin_interpreter *interpreter);

#endif
