#ifndef DUNLIN_ENGINE_OPENVINO_LIBRARY_H
#define DUNLIN_ENGINE_OPENVINO_LIBRARY_H

#include "engine.h"
#include "engine_openvino_abi.h"

/* The process's OpenVINO. */
typedef struct {
  openvino_functions call;
  openvino_core *core; /* NULL: not loaded */
  char version[64];    /* `openvino 2026.4.1` */
  int types_first;     /* numbers of BOOLEAN and U8 among the library's element types */
  int types_unsigned;
} openvino_library;

extern openvino_library openvino;

bool openvino_load(const char *library, dunlin_error_text *error);
const char *openvino_version(void);
bool openvino_list(FILE *out, dunlin_error_text *error);
/* True for AUTO:…, HETERO:… and the like when every device that they name is there. */
bool openvino_has_device(const char *device);

/* True when the status is success; otherwise adds `what` and what the library says. */
bool openvino_succeeded(openvino_status status, const char *what, dunlin_error_text *error);

/* Learns the numbers of the element types, which differ between releases, from tensors of each. */
bool openvino_learn_types(dunlin_error_text *error);
/* TfLiteType of an element type, or 0 for one without plain elements; and back, or -1. */
int32_t openvino_type_to_tflite(int type);
int openvino_type_of_tflite(int32_t type);
/* Bytes of one element of a TfLiteType. */
size_t openvino_type_size(int32_t type);

#endif
