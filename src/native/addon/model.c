#define _GNU_SOURCE
#include "model.h"

#include <time.h>

double dunlin_now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

void dunlin_model_free(dunlin_model *model) {
  if (model->self) model->kind->free(model->self);
  model->self = NULL;
}

static dunlin_code run(void *self, const dunlin_run_request *request, dunlin_run_report *report,
                       dunlin_error_text *error) {
  (void)request;
  const double start = dunlin_now_ms();
  const dunlin_code code = dunlin_interpreter_invoke(self, error);
  report->run_ms = dunlin_now_ms() - start;
  return code;
}

static int count(const void *self, bool outputs) { return dunlin_interpreter_count(self, outputs); }

static dunlin_tensor tensor(const void *self, bool output, int index) {
  return dunlin_interpreter_tensor(self, output, index);
}

static bool is_dynamic(const void *self) { return dunlin_interpreter_is_dynamic(self); }

static bool has_moved(const void *self) { return dunlin_interpreter_has_moved(self); }

static dunlin_code resize(void *self, int input, const int *dims, int dims_size, dunlin_error_text *error) {
  return dunlin_interpreter_resize(self, input, dims, dims_size, error);
}

static void free_interpreter(void *self) { dunlin_interpreter_free(self); }

const dunlin_model_kind dunlin_model_interpreter = {
    .name = "tflite",
    .run = run,
    .count = count,
    .tensor = tensor,
    .is_dynamic = is_dynamic,
    .has_moved = has_moved,
    .resize = resize,
    .free = free_interpreter,
};
