#ifndef DUNLIN_HOST_ENGINE_H
#define DUNLIN_HOST_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../addon/error_text.h"

/* A vendor library as the host program drives it. One thread calls everything here (the device thread): an engine needs no
 * locks. It may crash or hang: its process is watched from outside. Errors are one or two clauses in the library's own
 * words; they reach the operator. */

typedef struct {
  const char *key, *value;
} host_option;

typedef struct {
  const host_option *list;
  size_t count;
} host_options;

/* The last value of the key, or `otherwise`. */
const char *host_option_get(host_options options, const char *key, const char *otherwise);

enum { HOST_MAX_RANK = 8, HOST_NAME_BYTES = 128 };

typedef struct {
  char name[HOST_NAME_BYTES];
  int32_t type; /* number of the dtype as in TfLiteType; src/native/dtype.ts */
  int32_t rank;
  int64_t dims[HOST_MAX_RANK]; /* -1: known only after a run */
  float scale;                 /* 0: not quantized */
  int32_t zero_point;
  uint64_t size; /* bytes; 0 while a dimension is not known */
} host_tensor;

/* An open model; each engine has its own. */
typedef struct host_model host_model;

typedef struct host_engine {
  const char *name;
  /* Opens the library, once per process. */
  bool (*load)(const char *library, dunlin_error_text *error);
  /* After load: `openvino 2026.1.0`. */
  const char *(*version)(void);
  /* After load: what the library offers, one per line: id, tab, name for people. NULL when it has no such question. */
  bool (*list)(FILE *out, dunlin_error_text *error);
  /* Makes a model ready. Its bytes stay readable until close. Code: DUNLIN_MODEL (refused), DUNLIN_DELEGATE (device). */
  host_model *(*open)(const void *bytes, size_t size, host_options options, dunlin_code *code,
                      dunlin_error_text *error);
  size_t (*count)(const host_model *model, bool outputs);
  /* As it is now; an output's dims and size may change with a run. */
  void (*describe)(const host_model *model, bool output, size_t index, host_tensor *tensor);
  /* Memory of `size` bytes, 64-byte aligned, that holds the input before each run, or takes the output after it. Called once
   * for every input, and for outputs whose size was known after open; it stays until close. */
  bool (*bind)(host_model *model, bool output, size_t index, void *memory, size_t size, dunlin_error_text *error);
  /* DUNLIN_OK, DUNLIN_RUN (this run failed), or DUNLIN_LOST (the device is gone: the process will be ended). */
  dunlin_code (*run)(host_model *model, dunlin_error_text *error);
  /* Copies an output that was not bound, of the size that describe tells after the run. */
  bool (*read)(const host_model *model, size_t index, void *memory, size_t size);
  void (*close)(host_model *model);
  /* What computes this model, where that is more than version tells: `tflite 2.21.0 + xnnpack`. May be NULL. */
  const char *(*computes)(const host_model *model);
} host_engine;

extern const host_engine host_engine_tflite, host_engine_openvino, host_engine_onnxruntime;

#endif
