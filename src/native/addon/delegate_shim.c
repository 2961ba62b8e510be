#include "delegate_shim.h"

#include <stdlib.h>

struct dunlin_shim {
  struct {
    tflite_delegate base;
    uintptr_t tail[8]; /* zero: members that the plugin does not know */
  } seen;              /* first, so that the library's pointer to it is one to the shim */
  tflite_delegate *original;
};

/* The library's user data of one kernel: what the plugin registered, and its own user data. */
typedef struct {
  dunlin_shim *shim;
  tflite_registration registration;
  void *user_data;
} shim_kernel;

/* Prepare and what it calls run on one thread; these say for whom. */
static _Thread_local struct {
  dunlin_shim *shim;
  const tflite_registration *registration;
  tflite_replace_function replace;
} active;

/* Tensors that the plugin has tied to itself must lead the library to the longer copy. */
static void claim_tensors(dunlin_shim *shim, tflite_context *context, const tflite_int_array *indices) {
  if (!indices) return;
  for (int entry = 0; entry < indices->size; entry++) {
    const int index = indices->data[entry];
    if (index < 0 || (size_t)index >= context->tensors_size) continue;
    tflite_tensor *tensor = &context->tensors[index];
    if (tensor->delegate == shim->original) tensor->delegate = &shim->seen.base;
  }
}

static void *kernel_init(tflite_context *context, const char *buffer, size_t length) {
  shim_kernel *kernel = calloc(1, sizeof *kernel);
  if (!kernel || !active.registration) return kernel;
  kernel->shim = active.shim;
  kernel->registration = *active.registration;
  ((tflite_delegate_params *)buffer)->delegate = active.shim->original;
  if (kernel->registration.init) kernel->user_data = kernel->registration.init(context, buffer, length);
  return kernel;
}

static void kernel_free(tflite_context *context, void *user_data) {
  shim_kernel *kernel = user_data;
  if (kernel && kernel->registration.free) kernel->registration.free(context, kernel->user_data);
  free(kernel);
}

static int call_kernel(int (*function)(tflite_context *, tflite_node *), shim_kernel *kernel, tflite_context *context,
                       tflite_node *node) {
  tflite_delegate *const seen = node->delegate;
  node->user_data = kernel->user_data;
  node->delegate = kernel->shim->original;
  const int status = function(context, node);
  node->user_data = kernel;
  node->delegate = seen;
  claim_tensors(kernel->shim, context, node->inputs);
  claim_tensors(kernel->shim, context, node->outputs);
  return status;
}

static int kernel_prepare(tflite_context *context, tflite_node *node) {
  shim_kernel *kernel = node->user_data;
  if (!kernel || !kernel->shim) return TFLITE_ERROR;
  if (!kernel->registration.prepare) return TFLITE_OK;
  return call_kernel(kernel->registration.prepare, kernel, context, node);
}

static int kernel_invoke(tflite_context *context, tflite_node *node) {
  shim_kernel *kernel = node->user_data;
  if (!kernel || !kernel->registration.invoke) return TFLITE_ERROR;
  return call_kernel(kernel->registration.invoke, kernel, context, node);
}

static const char *kernel_profiling_string(const tflite_context *context, const tflite_node *node) {
  shim_kernel *kernel = node->user_data;
  tflite_node unwrapped = *node;
  unwrapped.user_data = kernel->user_data;
  unwrapped.delegate = kernel->shim->original;
  return kernel->registration.profiling_string(context, &unwrapped);
}

/* Stands in for the context's ReplaceNodeSubsetsWithDelegateKernels. By both ABIs (x86-64: on the stack, arm64: by
 * address) it may read the first 64 bytes of a registration of any version, and pass on a longer one. */
static int replace_node_subsets(tflite_context *context, tflite_registration registration,
                                const tflite_int_array *nodes, tflite_delegate *delegate) {
  dunlin_shim *shim = active.shim;
  if (!shim) return TFLITE_ERROR;
  if (delegate == shim->original) delegate = &shim->seen.base;
  const tflite_registration kernel = {
      .init = kernel_init,
      .free = kernel_free,
      .prepare = kernel_prepare,
      .invoke = kernel_invoke,
      .profiling_string = registration.profiling_string ? kernel_profiling_string : NULL,
      .builtin_code = registration.builtin_code,
      .custom_name = registration.custom_name,
      .version = registration.version,
  };
  const tflite_registration_padded padded = {.base = kernel};
  active.registration = &registration;
  const int status = active.replace(context, padded, nodes, delegate);
  active.registration = NULL;
  return status;
}

static int shim_prepare(tflite_context *context, tflite_delegate *seen) {
  dunlin_shim *shim = (dunlin_shim *)seen;
  active.shim = shim;
  active.replace = context->replace_node_subsets;
  context->replace_node_subsets = (tflite_replace_function)(void *)replace_node_subsets;
  const int status = shim->original->prepare(context, shim->original);
  context->replace_node_subsets = active.replace;
  active.shim = NULL;
  return status;
}

static int shim_copy_from_buffer(tflite_context *context, tflite_delegate *seen, int handle, tflite_tensor *tensor) {
  tflite_delegate *original = ((dunlin_shim *)seen)->original;
  return original->copy_from_buffer(context, original, handle, tensor);
}

static int shim_copy_to_buffer(tflite_context *context, tflite_delegate *seen, int handle, tflite_tensor *tensor) {
  tflite_delegate *original = ((dunlin_shim *)seen)->original;
  return original->copy_to_buffer(context, original, handle, tensor);
}

static void shim_free_buffer(tflite_context *context, tflite_delegate *seen, int *handle) {
  tflite_delegate *original = ((dunlin_shim *)seen)->original;
  original->free_buffer(context, original, handle);
}

bool dunlin_shim_create(tflite_delegate *delegate, dunlin_shim **out) {
  *out = NULL;
  if (!delegate->prepare) return true;
  dunlin_shim *shim = calloc(1, sizeof *shim);
  if (!shim) return false;
  shim->original = delegate;
  shim->seen.base = (tflite_delegate){
      .data = delegate->data,
      .prepare = shim_prepare,
      .copy_from_buffer = delegate->copy_from_buffer ? shim_copy_from_buffer : NULL,
      .copy_to_buffer = delegate->copy_to_buffer ? shim_copy_to_buffer : NULL,
      .free_buffer = delegate->free_buffer ? shim_free_buffer : NULL,
      .flags = delegate->flags,
  };
  *out = shim;
  return true;
}

tflite_delegate *dunlin_shim_delegate(dunlin_shim *shim) { return &shim->seen.base; }

void dunlin_shim_free(dunlin_shim *shim) { free(shim); }
