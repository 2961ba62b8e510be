#ifndef DUNLIN_ENGINE_OPENVINO_ABI_H
#define DUNLIN_ENGINE_OPENVINO_ABI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OpenVINO's C API 2.0 as far as it is used here, unchanged from 2022.3.1 to 2026.4.1 but for the functions marked.
 * The numbers of element types did change: engine_openvino_types.c.
 * https://docs.openvino.ai/2025/api/c_cpp_api/group__ov__c__api.html */

typedef struct openvino_core openvino_core;
typedef struct openvino_graph openvino_graph; /* ov_model_t: read, not compiled */
typedef struct openvino_compiled openvino_compiled;
typedef struct openvino_request openvino_request;
typedef struct openvino_port openvino_port; /* ov_output_const_port_t: an input or output of either */
typedef struct openvino_tensor openvino_tensor;

typedef int openvino_status; /* ov_status_e: 0 is success */

typedef struct {
  const char *build, *description;
} openvino_version_text;

typedef struct {
  char **list;
  size_t count;
} openvino_devices;

typedef struct {
  int64_t rank;
  int64_t *dims;
} openvino_shape;

typedef struct {
  int64_t min, max; /* equal: known */
} openvino_dimension;

typedef struct {
  openvino_dimension rank;
  openvino_dimension *dims;
} openvino_partial_shape;

typedef struct {
  openvino_status (*version)(openvino_version_text *version);
  void (*version_free)(openvino_version_text *version);
  const char *(*error_info)(openvino_status status);
  void (*free)(const char *text);
  openvino_status (*core_create)(openvino_core **core);
  openvino_status (*devices)(const openvino_core *core, openvino_devices *devices);
  void (*devices_free)(openvino_devices *devices);
  openvino_status (*property)(const openvino_core *core, const char *device, const char *key, char **value);
  openvino_status (*read)(const openvino_core *core, const char *path, const char *weights, openvino_graph **graph);
  openvino_status (*compile)(const openvino_core *core, const openvino_graph *graph, const char *device,
                             size_t property_words, openvino_compiled **compiled, ...);
  void (*graph_free)(openvino_graph *graph);
  openvino_status (*graph_input_by_name)(const openvino_graph *graph, const char *name, openvino_port **port);
  openvino_status (*reshape)(const openvino_graph *graph, const char **names, const openvino_partial_shape *shapes,
                             size_t count);
  openvino_status (*reshape_by_index)(const openvino_graph *graph, const size_t *indexes,
                                      const openvino_partial_shape *shapes, size_t count);
  openvino_status (*input_count)(const openvino_compiled *compiled, size_t *count);
  openvino_status (*output_count)(const openvino_compiled *compiled, size_t *count);
  openvino_status (*input)(const openvino_compiled *compiled, size_t index, openvino_port **port);
  openvino_status (*output)(const openvino_compiled *compiled, size_t index, openvino_port **port);
  openvino_status (*input_by_name)(const openvino_compiled *compiled, const char *name, openvino_port **port);
  openvino_status (*output_by_name)(const openvino_compiled *compiled, const char *name, openvino_port **port);
  openvino_status (*request_create)(const openvino_compiled *compiled, openvino_request **request);
  void (*compiled_free)(openvino_compiled *compiled);
  openvino_status (*port_name)(const openvino_port *port, char **name);
  openvino_status (*port_type)(const openvino_port *port, int *type);
  openvino_status (*port_shape)(const openvino_port *port, openvino_partial_shape *shape);
  void (*port_free)(openvino_port *port);
  void (*partial_shape_free)(openvino_partial_shape *shape);
  void (*shape_free)(openvino_shape *shape);
  openvino_status (*tensor_create)(int type, openvino_shape shape, openvino_tensor **tensor);
  openvino_status (*tensor_wrap)(int type, openvino_shape shape, void *memory, openvino_tensor **tensor);
  openvino_status (*tensor_shape)(const openvino_tensor *tensor, openvino_shape *shape);
  openvino_status (*tensor_size)(const openvino_tensor *tensor, size_t *bytes);
  openvino_status (*tensor_data)(const openvino_tensor *tensor, void **data);
  void (*tensor_free)(openvino_tensor *tensor);
  openvino_status (*set_tensor)(openvino_request *request, const openvino_port *port, const openvino_tensor *tensor);
  openvino_status (*get_tensor)(const openvino_request *request, const openvino_port *port, openvino_tensor **tensor);
  openvino_status (*infer)(openvino_request *request);
  void (*request_free)(openvino_request *request);
  /* Since 2023; NULL before. */
  openvino_status (*read_memory)(const openvino_core *core, const char *bytes, size_t size,
                                 const openvino_tensor *weights, openvino_graph **graph);
  char *(*last_error)(void);
} openvino_functions;

#endif
