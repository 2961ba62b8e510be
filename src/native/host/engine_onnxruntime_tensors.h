#ifndef DUNLIN_ENGINE_ONNXRUNTIME_TENSORS_H
#define DUNLIN_ENGINE_ONNXRUNTIME_TENSORS_H

#include "engine.h"
#include "engine_onnxruntime_api.h"

/* An input or output of an open model. */
typedef struct {
  char *name; /* whole, as the library wants it; the library's memory */
  int element_type;
  host_tensor tensor;
  ort_value *value; /* over bound memory, or what the last run gave */
  bool bound;
} ort_port;

/* Reads name, type and dimensions of an input or output; dimensions that the model leaves open are -1. */
bool ort_port_read(const ort_library *library, const ort_session *session, bool output, size_t index, ort_port *port,
                   dunlin_error_text *error);

/* Gives an input the dimensions of `text` (`1,3,416,416`), which must agree with those that the model fixes. */
bool ort_port_fix(ort_port *port, const char *text, dunlin_error_text *error);

/* Lets the library work in this memory. */
bool ort_port_bind(const ort_library *library, ort_port *port, void *memory, size_t size, dunlin_error_text *error);

/* Takes dimensions and size from what the last run gave. */
bool ort_port_refresh(const ort_library *library, ort_port *port, dunlin_error_text *error);

void ort_port_free(const ort_library *library, ort_port *port);

#endif
