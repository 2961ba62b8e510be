#define _GNU_SOURCE
#include "interpreter.h"

#include <stdlib.h>
#include <string.h>

#include "delegate_plugin.h"
#include "tensor_memory.h"

struct dunlin_interpreter {
  dunlin_tflite *library;
  const void *model_bytes;
  void *model_copy; /* NULL when the bytes are lent */
  tflite_model *model;
  tflite_interpreter *tflite;
  dunlin_plugin **plugins;
  size_t plugin_count;
  tflite_delegate *xnnpack;
  dunlin_memory memory;
  bool moved;
  dunlin_error_text *error; /* where the library's messages go; NULL between calls */
};

static void report(void *user_data, const char *format, va_list arguments) {
  dunlin_interpreter *interpreter = user_data;
  if (interpreter->error) dunlin_error_add_list(interpreter->error, format, arguments);
}

static bool take_bytes(dunlin_interpreter *interpreter, const dunlin_interpreter_options *options) {
  /* XNNPACK reads weights in place with aligned loads. */
  const size_t alignment = 64;
  interpreter->model_bytes = options->model;
  if (options->borrow_model) return true;
  if (posix_memalign(&interpreter->model_copy, alignment, options->model_size) != 0) return false;
  interpreter->model_bytes = memcpy(interpreter->model_copy, options->model, options->model_size);
  return true;
}

static dunlin_code create_model(dunlin_interpreter *interpreter, const dunlin_interpreter_options *options) {
  const tflite_functions *call = &interpreter->library->call;
  if (options->model_size == 0) {
    dunlin_error_add(interpreter->error, "the model is empty");
    return DUNLIN_MODEL;
  }
  if (!take_bytes(interpreter, options)) {
    dunlin_error_add(interpreter->error, "out of memory for a model of %zu bytes", options->model_size);
    return DUNLIN_MODEL;
  }
  interpreter->model =
      call->model_create_reporting
          ? call->model_create_reporting(interpreter->model_bytes, options->model_size, report, interpreter)
          : call->model_create(interpreter->model_bytes, options->model_size);
  if (interpreter->model) return DUNLIN_OK;
  dunlin_error_add(interpreter->error, "the library does not take these %zu bytes as a model", options->model_size);
  return DUNLIN_MODEL;
}

static dunlin_code create_interpreter(dunlin_interpreter *interpreter, int threads) {
  const tflite_functions *call = &interpreter->library->call;
  tflite_options *options = call->options_create();
  call->options_set_threads(options, threads);
  call->options_set_reporter(options, report, interpreter);
  interpreter->tflite = call->create(interpreter->model, options);
  call->options_delete(options);
  if (interpreter->tflite) return DUNLIN_OK;
  dunlin_error_add(interpreter->error, "the library cannot build an interpreter for this model");
  return DUNLIN_MODEL;
}

static dunlin_code add_plugins(dunlin_interpreter *interpreter, const dunlin_interpreter_options *options) {
  if (options->plugin_count == 0) return DUNLIN_OK;
  const tflite_functions *call = &interpreter->library->call;
  interpreter->plugins = calloc(options->plugin_count, sizeof *interpreter->plugins);
  if (!interpreter->plugins || !call->modify_graph) {
    dunlin_error_add(interpreter->error, "this library takes no external delegates");
    return DUNLIN_DELEGATE;
  }
  for (size_t index = 0; index < options->plugin_count; index++) {
    const dunlin_plugin_options *plugin = &options->plugins[index];
    interpreter->plugins[index] =
        dunlin_plugin_create(plugin->path, plugin->keys, plugin->values, plugin->count, interpreter->error);
    if (!interpreter->plugins[index]) return DUNLIN_DELEGATE;
    interpreter->plugin_count = index + 1;
    if (call->modify_graph(interpreter->tflite, dunlin_plugin_delegate(interpreter->plugins[index])) == TFLITE_OK)
      continue;
    dunlin_error_add(interpreter->error, "%s refused the model", plugin->path);
    return DUNLIN_DELEGATE;
  }
  return DUNLIN_OK;
}

static dunlin_code add_xnnpack(dunlin_interpreter *interpreter, const dunlin_interpreter_options *options) {
  if (!options->xnnpack) return DUNLIN_OK;
  interpreter->xnnpack = dunlin_tflite_xnnpack(interpreter->library, options->threads, options->xnnpack_flags);
  if (interpreter->xnnpack &&
      interpreter->library->call.modify_graph(interpreter->tflite, interpreter->xnnpack) == TFLITE_OK)
    return DUNLIN_OK;
  dunlin_error_add(interpreter->error, "XNNPACK %s", interpreter->xnnpack ? "refused the model" : "is not available");
  return DUNLIN_XNNPACK;
}

static dunlin_code allocate(dunlin_interpreter *interpreter) {
  dunlin_memory_clear(&interpreter->memory);
  if (interpreter->library->call.allocate(interpreter->tflite) != TFLITE_OK) {
    dunlin_error_add(interpreter->error, "tensors cannot be allocated");
    return interpreter->xnnpack ? DUNLIN_XNNPACK : DUNLIN_ALLOCATE;
  }
  if (dunlin_memory_record(&interpreter->memory, interpreter->library, interpreter->tflite)) return DUNLIN_OK;
  dunlin_error_add(interpreter->error, "out of memory for the input tensors");
  return DUNLIN_ALLOCATE;
}

dunlin_interpreter *dunlin_interpreter_create(dunlin_tflite *library, const dunlin_interpreter_options *options,
                                              dunlin_code *code, dunlin_error_text *error) {
  dunlin_interpreter *interpreter = calloc(1, sizeof *interpreter);
  *code = DUNLIN_MODEL;
  if (!interpreter) return NULL;
  interpreter->library = library;
  interpreter->error = error;
  *code = create_model(interpreter, options);
  if (*code == DUNLIN_OK) *code = create_interpreter(interpreter, options->threads);
  if (*code == DUNLIN_OK) *code = add_plugins(interpreter, options);
  if (*code == DUNLIN_OK) *code = add_xnnpack(interpreter, options);
  if (*code == DUNLIN_OK) *code = allocate(interpreter);
  interpreter->error = NULL;
  if (*code == DUNLIN_OK) return interpreter;
  dunlin_interpreter_free(interpreter);
  return NULL;
}

void dunlin_interpreter_free(dunlin_interpreter *interpreter) {
  if (!interpreter) return;
  const tflite_functions *call = &interpreter->library->call;
  if (interpreter->tflite) call->delete(interpreter->tflite);
  if (interpreter->xnnpack) call->xnnpack_delete(interpreter->xnnpack);
  for (size_t index = 0; index < interpreter->plugin_count; index++)
    dunlin_plugin_destroy(interpreter->plugins[index]);
  free(interpreter->plugins);
  if (interpreter->model) call->model_delete(interpreter->model);
  dunlin_memory_clear(&interpreter->memory);
  free(interpreter->model_copy);
  free(interpreter);
}

dunlin_code dunlin_interpreter_resize(dunlin_interpreter *interpreter, int input, const int *dims, int dims_size,
                                      dunlin_error_text *error) {
  interpreter->error = error;
  dunlin_code code = DUNLIN_ALLOCATE;
  if (interpreter->library->call.resize_input(interpreter->tflite, input, dims, dims_size) == TFLITE_OK)
    code = allocate(interpreter);
  else
    dunlin_error_add(error, "input %d cannot be resized", input);
  interpreter->error = NULL;
  return code;
}

dunlin_code dunlin_interpreter_invoke(dunlin_interpreter *interpreter, dunlin_error_text *error) {
  const tflite_functions *call = &interpreter->library->call;
  interpreter->error = error;
  dunlin_code code = DUNLIN_OK;
  dunlin_memory_stage_inputs(&interpreter->memory, interpreter->library, interpreter->tflite);
  if (call->invoke(interpreter->tflite) != TFLITE_OK) {
    if (error->length == 0) dunlin_error_add(error, "the library gave no reason");
    code = interpreter->xnnpack ? DUNLIN_XNNPACK : DUNLIN_RUN;
  } else if (!dunlin_memory_is_stable(&interpreter->memory, interpreter->library, interpreter->tflite)) {
    dunlin_error_add(error, "the library moved its tensors during the run");
    interpreter->moved = true;
    code = DUNLIN_RUN;
  }
  interpreter->error = NULL;
  return code;
}

int dunlin_interpreter_count(const dunlin_interpreter *interpreter, bool outputs) {
  const tflite_functions *call = &interpreter->library->call;
  return outputs ? call->output_count(interpreter->tflite) : call->input_count(interpreter->tflite);
}

dunlin_tensor dunlin_interpreter_tensor(const dunlin_interpreter *interpreter, bool output, int index) {
  const tflite_functions *call = &interpreter->library->call;
  const tflite_tensor *tensor =
      output ? call->output(interpreter->tflite, index) : call->input(interpreter->tflite, index);
  dunlin_tensor result = {
      .name = tensor->name ? tensor->name : "",
      .type = tensor->type,
      .dims = tensor->dims ? tensor->dims->data : NULL,
      .dims_size = tensor->dims ? tensor->dims->size : 0,
      .quantization = tensor->quantization,
      .data = tensor->data,
      .size = tensor->data ? tensor->bytes : 0,
  };
  if (!output) dunlin_memory_staged(&interpreter->memory, index, &result.data, &result.size);
  return result;
}

bool dunlin_interpreter_is_dynamic(const dunlin_interpreter *interpreter) { return interpreter->memory.dynamic; }

bool dunlin_interpreter_has_moved(const dunlin_interpreter *interpreter) { return interpreter->moved; }
