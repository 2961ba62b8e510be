#define _GNU_SOURCE
#include <string.h>

#include "engine_openvino_model.h"

enum { PROPERTIES = 12 };

typedef struct {
  size_t count;
  const char *key[PROPERTIES], *value[PROPERTIES];
} property_list;

static bool collect_properties(host_options options, property_list *properties, dunlin_error_text *error) {
  static const char stem[] = "property.";
  for (size_t index = 0; index < options.count; index++) {
    if (strncmp(options.list[index].key, stem, sizeof stem - 1) != 0) continue;
    if (properties->count == PROPERTIES) {
      dunlin_error_add(error, "more than %d properties", PROPERTIES);
      return false;
    }
    properties->key[properties->count] = options.list[index].key + sizeof stem - 1;
    properties->value[properties->count++] = options.list[index].value;
  }
  return true;
}

/* The library reads as many words as it is told of; those behind are never looked at. */
static openvino_status compile(const openvino_graph *graph, const char *device, const property_list *p,
                               openvino_compiled **compiled) {
  const char *const *k = p->key, *const *v = p->value;
  return openvino.call.compile(openvino.core, graph, device, p->count * 2, compiled, k[0], v[0], k[1], v[1], k[2], v[2],
                               k[3], v[3], k[4], v[4], k[5], v[5], k[6], v[6], k[7], v[7], k[8], v[8], k[9], v[9], k[10],
                               v[10], k[11], v[11]);
}

bool openvino_compile(host_model *model, const openvino_graph *graph, host_options options, dunlin_error_text *error) {
  property_list properties = {0};
  if (!collect_properties(options, &properties, error)) return false;
  const openvino_status status = compile(graph, model->device, &properties, &model->compiled);
  return openvino_succeeded(status, model->device, error);
}

/* y = relu(x), 1x8 */
static const char smallest_model[] =
    "<?xml version=\"1.0\"?><net name=\"smallest\" version=\"11\"><layers>"
    "<layer id=\"0\" name=\"x\" type=\"Parameter\" version=\"opset1\"><data shape=\"1,8\" element_type=\"f32\"/>"
    "<output><port id=\"0\" precision=\"FP32\"><dim>1</dim><dim>8</dim></port></output></layer>"
    "<layer id=\"1\" name=\"y\" type=\"ReLU\" version=\"opset1\"><input><port id=\"0\" precision=\"FP32\"><dim>1</dim>"
    "<dim>8</dim></port></input><output><port id=\"1\" precision=\"FP32\"><dim>1</dim><dim>8</dim></port></output>"
    "</layer><layer id=\"2\" name=\"z\" type=\"Result\" version=\"opset1\"><input><port id=\"0\" precision=\"FP32\">"
    "<dim>1</dim><dim>8</dim></port></input></layer></layers><edges><edge from-layer=\"0\" from-port=\"0\" to-layer=\"1\""
    " to-port=\"0\"/><edge from-layer=\"1\" from-port=\"1\" to-layer=\"2\" to-port=\"0\"/></edges></net>";

bool openvino_device_compiles(const char *device) {
  static const host_option ir = {"format", "ir"};
  const property_list none = {0};
  dunlin_error_text ignored;
  dunlin_error_clear(&ignored);
  openvino_graph *graph =
      openvino_read_graph(smallest_model, sizeof smallest_model - 1, (host_options){&ir, 1}, &ignored);
  openvino_compiled *compiled = NULL;
  if (graph == NULL) return false;
  const bool well = compile(graph, device, &none, &compiled) == 0;
  if (well) openvino.call.compiled_free(compiled);
  openvino.call.graph_free(graph);
  return well;
}
