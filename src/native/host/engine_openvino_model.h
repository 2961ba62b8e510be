#ifndef DUNLIN_ENGINE_OPENVINO_MODEL_H
#define DUNLIN_ENGINE_OPENVINO_MODEL_H

#include "engine_openvino_library.h"

/* One input or output of a compiled model. */
typedef struct {
  openvino_port *port;
  openvino_tensor *bound; /* over the caller's memory, or NULL */
  host_tensor spec;       /* as compiled; dims of -1 are known after a run */
} openvino_slot;

typedef struct {
  size_t count;
  openvino_slot *list;
} openvino_slots;

struct host_model {
  char *device;
  openvino_compiled *compiled;
  openvino_request *request;
  openvino_slots inputs, outputs;
  unsigned failures; /* runs that failed since the last good one */
  bool ran;          /* dims that were open are known */
};

/* Reads a model of option `format` (onnx, tflite, ir; ir with its weights in the file of option `weights`) and gives its
 * inputs the shapes of the options `shape.<index>`. NULL when it is refused. */
openvino_graph *openvino_read_graph(const void *bytes, size_t size, host_options options, dunlin_error_text *error);

/* Compiles for the model's device, with the options `property.<KEY>`. */
bool openvino_compile(host_model *model, const openvino_graph *graph, host_options options, dunlin_error_text *error);
/* True when the device compiles a model of one operator: what failed before was then the model's fault. */
bool openvino_device_compiles(const char *device);

/* Finds inputs and outputs in the order of the options `input.<index>` and `output.<index>`, their names in the model file;
 * in the library's order where it knows other names. */
bool openvino_find_slots(host_model *model, host_options options, dunlin_error_text *error);
void openvino_free_slots(openvino_slots *slots);
/* The tensor as the last run left it. The caller frees the shape. */
openvino_tensor *openvino_slot_tensor(const host_model *model, const openvino_slot *slot, openvino_shape *shape);

/* Value of the option `<stem>.<index>`, or NULL. */
const char *openvino_indexed_option(host_options options, const char *stem, size_t index);

#endif
