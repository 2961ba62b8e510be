#ifndef DUNLIN_ENGINE_ONNXRUNTIME_PROVIDERS_H
#define DUNLIN_ENGINE_ONNXRUNTIME_PROVIDERS_H

#include "engine.h"
#include "engine_onnxruntime_api.h"

/* Adds the providers that the options name, in their order: `providers` = `tensorrt,cuda,cpu`, of which `cpu` stands
 * for what every library computes by itself; left out, a node that no provider takes is an error. Their settings are
 * `trt.KEY` and `cuda.KEY`; with a `?` after the key, one that the library does not know is left out. */
bool ort_append_providers(const ort_library *library, ort_session_options *session, host_options options,
                          dunlin_error_text *error);

/* Writes one line for each provider of the library: id, tab, ONNX Runtime's name for it. */
bool ort_list_providers(const ort_library *library, FILE *out, dunlin_error_text *error);

#endif
