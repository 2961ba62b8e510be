#define _GNU_SOURCE
#include "tflite_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t libraries_lock = PTHREAD_MUTEX_INITIALIZER;
static dunlin_tflite *libraries; /* guarded by libraries_lock, as is xnnpack_flags_word */

typedef struct {
  const char *name;
  size_t offset;
  bool required;
} symbol;

#define SYMBOL(member, name, required) {name, offsetof(tflite_functions, member), required}

static const symbol symbols[] = {
    SYMBOL(version, "TfLiteVersion", true),
    SYMBOL(model_create, "TfLiteModelCreate", true),
    SYMBOL(model_delete, "TfLiteModelDelete", true),
    SYMBOL(options_create, "TfLiteInterpreterOptionsCreate", true),
    SYMBOL(options_delete, "TfLiteInterpreterOptionsDelete", true),
    SYMBOL(options_set_threads, "TfLiteInterpreterOptionsSetNumThreads", true),
    SYMBOL(options_set_reporter, "TfLiteInterpreterOptionsSetErrorReporter", true),
    SYMBOL(create, "TfLiteInterpreterCreate", true),
    SYMBOL(delete, "TfLiteInterpreterDelete", true),
    SYMBOL(input_count, "TfLiteInterpreterGetInputTensorCount", true),
    SYMBOL(input, "TfLiteInterpreterGetInputTensor", true),
    SYMBOL(output_count, "TfLiteInterpreterGetOutputTensorCount", true),
    SYMBOL(output, "TfLiteInterpreterGetOutputTensor", true),
    SYMBOL(resize_input, "TfLiteInterpreterResizeInputTensor", true),
    SYMBOL(allocate, "TfLiteInterpreterAllocateTensors", true),
    SYMBOL(invoke, "TfLiteInterpreterInvoke", true),
    SYMBOL(model_create_reporting, "TfLiteModelCreateWithErrorReporter", false),
    SYMBOL(tensor, "TfLiteInterpreterGetTensor", false),
    SYMBOL(modify_graph, "TfLiteInterpreterModifyGraphWithDelegate", false),
    SYMBOL(xnnpack_options_default, "TfLiteXNNPackDelegateOptionsDefault", false),
    SYMBOL(xnnpack_create, "TfLiteXNNPackDelegateCreate", false),
    SYMBOL(xnnpack_delete, "TfLiteXNNPackDelegateDelete", false),
    SYMBOL(xnnpack_get_flags, "TfLiteXNNPackDelegateGetFlags", false),
};

static bool load_symbols(dunlin_tflite *library, dunlin_error_text *error) {
  for (size_t index = 0; index < sizeof symbols / sizeof *symbols; index++) {
    void *address = dlsym(library->handle, symbols[index].name);
    if (!address && symbols[index].required) {
      dunlin_error_add(error, "%s: no symbol %s; not a TensorFlow Lite C library", library->path, symbols[index].name);
      return false;
    }
    memcpy((char *)&library->call + symbols[index].offset, &address, sizeof address);
  }
  return true;
}

/* TFLite tells stderr about every delegate that it creates. Warnings and errors stay. */
static void silence_information(void *handle) {
  int (*get)(void) = (int (*)(void))dlsym(handle, "_ZN6tflite13LoggerOptions21GetMinimumLogSeverityEv");
  int (*set)(int) = (int (*)(int))dlsym(handle, "_ZN6tflite13LoggerOptions21SetMinimumLogSeverityENS_11LogSeverityE");
  if (get && set) set(get() + 1);
}

static dunlin_tflite *load(const char *path, dunlin_error_text *error) {
  dunlin_tflite *library = calloc(1, sizeof *library);
  if (!library) return NULL;
  library->path = strdup(path);
  library->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library->path || !library->handle) {
    dunlin_error_add(error, "%s", library->handle ? "out of memory" : dlerror());
  } else if (load_symbols(library, error)) {
    silence_information(library->handle);
    return library;
  }
  if (library->handle) dlclose(library->handle);
  free(library->path);
  free(library);
  return NULL;
}

dunlin_tflite *dunlin_tflite_open(const char *path, dunlin_error_text *error) {
  pthread_mutex_lock(&libraries_lock);
  dunlin_tflite *library = libraries;
  while (library && strcmp(library->path, path) != 0) library = library->next;
  if (!library && (library = load(path, error))) {
    library->next = libraries;
    libraries = library;
  }
  pthread_mutex_unlock(&libraries_lock);
  return library;
}

/* Since 2.14 the options are larger than two registers, so that they come back through memory of the caller's size. */
static tflite_xnnpack_options default_options(const dunlin_tflite *library) {
  tflite_xnnpack_options options;
  memset(&options, 0, sizeof options);
  char *rest;
  const long major = strtol(library->call.version(), &rest, 10);
  const long minor = *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;
  if (library->call.xnnpack_options_default && (major > 2 || (major == 2 && minor >= 14)))
    options = library->call.xnnpack_options_default();
  return options;
}

/* `flags` is word 1 up to 2.18 and word 2 in 2.21 (`runtime_flags` came between): ask a trial delegate which. */
static int find_flags_word(const dunlin_tflite *library) {
  const int trial_flags = 3;
  if (!library->call.xnnpack_get_flags) return 1;
  for (int word = 1; word <= 2; word++) {
    tflite_xnnpack_options options;
    memset(&options, 0, sizeof options);
    options.word[word] = (uint32_t)trial_flags;
    tflite_delegate *delegate = library->call.xnnpack_create(&options);
    if (!delegate) continue;
    const int flags = library->call.xnnpack_get_flags(delegate);
    library->call.xnnpack_delete(delegate);
    if (flags == trial_flags) return word;
  }
  return 1;
}

tflite_delegate *dunlin_tflite_xnnpack(dunlin_tflite *library, int threads, uint32_t flags) {
  if (!library->call.xnnpack_create || !library->call.xnnpack_delete || !library->call.modify_graph) return NULL;
  pthread_mutex_lock(&libraries_lock);
  if (library->xnnpack_flags_word == 0) library->xnnpack_flags_word = find_flags_word(library);
  const int flags_word = library->xnnpack_flags_word;
  pthread_mutex_unlock(&libraries_lock);
  tflite_xnnpack_options options = default_options(library);
  options.word[0] = (uint32_t)threads;
  options.word[flags_word] = flags;
  return library->call.xnnpack_create(&options);
}
