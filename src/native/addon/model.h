#ifndef DUNLIN_MODEL_H
#define DUNLIN_MODEL_H

#include "interpreter.h"

/* What a session holds: an interpreter of this process, or a model in the process that owns its device. */

typedef struct {
  double timeout_ms; /* on the device; hosted models only */
  uint64_t due_ns;   /* CLOCK_MONOTONIC; 0: none; hosted models only */
} dunlin_run_request;

typedef struct {
  double run_ms, queue_ms;
} dunlin_run_report;

typedef struct {
  const char *name; /* leads error messages; NULL where they speak for themselves */
  dunlin_code (*run)(void *self, const dunlin_run_request *request, dunlin_run_report *report,
                     dunlin_error_text *error);
  int (*count)(const void *self, bool outputs);
  dunlin_tensor (*tensor)(const void *self, bool output, int index);
  bool (*is_dynamic)(const void *self);
  bool (*has_moved)(const void *self);
  /* NULL: it cannot be resized. */
  dunlin_code (*resize)(void *self, int input, const int *dims, int dims_size, dunlin_error_text *error);
  void (*free)(void *self);
} dunlin_model_kind;

typedef struct {
  const dunlin_model_kind *kind;
  void *self; /* NULL: none, or freed */
} dunlin_model;

extern const dunlin_model_kind dunlin_model_interpreter, dunlin_model_hosted;

void dunlin_model_free(dunlin_model *model);
double dunlin_now_ms(void);

#endif
