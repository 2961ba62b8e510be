#include "engines.h"

#include <string.h>

const host_engine *host_engine_find(const char *name, dunlin_error_text *error) {
  static const host_engine *const engines[] = {&host_engine_tflite, &host_engine_openvino, &host_engine_onnxruntime};
  for (size_t index = 0; index < sizeof engines / sizeof *engines; index++)
    if (strcmp(engines[index]->name, name) == 0) return engines[index];
  dunlin_error_add(error, "there is no engine \"%s\"; use tflite, openvino or onnxruntime", name);
  return NULL;
}
