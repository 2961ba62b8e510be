/* A double of libedgetpu for tests: an external TFLite delegate as a compiler with TFLite 2.9's headers makes it.
 *
 * It claims the nodes `edgetpu-custom-op` of a graph and computes, for every output byte i, the sum of all input bytes
 * plus i plus the option `offset`. Its TfLiteDelegate ends at a page that may not be read, and what follows its
 * TfLiteRegistration in memory is no pointer, so that a host that takes today's longer structs for granted crashes.
 * It also refuses to work for a host that shows it another delegate or user data than its own.
 *
 * Options: offset=N; buffers=yes hands the outputs over through CopyFromBufferHandle; refuse=TEXT fails to be created.
 * Built by the test: cc -shared -fPIC. Layouts: tensorflow v2.9.0, tensorflow/lite/c/common.h. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct context context;
typedef struct {
  int type;
  int (*refresh)(context *);
} external_context;
typedef struct delegate delegate;

typedef struct {
  int size;
  int data[];
} int_array;

typedef struct {
  int type;
  uint8_t *data;
  int_array *dims;
  float scale;
  int32_t zero_point;
  int allocation_type;
  size_t bytes;
  const void *allocation;
  const char *name;
  delegate *delegate;
  int buffer_handle;
  bool data_is_stale, is_variable;
  int quantization_type;
  void *quantization_params, *sparsity;
  const int_array *dims_signature;
} tensor;

typedef struct {
  int_array *inputs, *outputs, *intermediates, *temporaries;
  void *user_data, *builtin_data;
  const void *custom_initial_data;
  int custom_initial_data_size;
  delegate *delegate;
} node;

typedef struct {
  void *(*init)(context *, const char *, size_t);
  void (*free)(context *, void *);
  int (*prepare)(context *, node *);
  int (*invoke)(context *, node *);
  const char *(*profiling_string)(const context *, const node *);
  int32_t builtin_code;
  const char *custom_name;
  int version;
} registration;

/* A registration by value, and what happens to lie behind it. */
typedef struct {
  registration known;
  uintptr_t beyond[8];
} registration_on_stack;

struct context {
  size_t tensors_size;
  int (*get_execution_plan)(context *, int_array **);
  tensor *tensors;
  void *impl;
  int (*resize_tensor)(context *, tensor *, int_array *);
  void (*report_error)(context *, const char *, ...);
  int (*add_tensors)(context *, int, int *);
  int (*get_node_and_registration)(context *, int, node **, registration **);
  int (*replace_node_subsets)(context *, registration_on_stack, const int_array *, delegate *);
  int recommended_num_threads;
  external_context *(*get_external_context)(context *, int type);
  void (*set_external_context)(context *, int type, external_context *);
};

struct delegate {
  void *data;
  int (*prepare)(context *, delegate *);
  int (*copy_from_buffer)(context *, delegate *, int, tensor *);
  int (*copy_to_buffer)(context *, delegate *, int, tensor *);
  void (*free_buffer)(context *, delegate *, int *);
  int64_t flags;
};

typedef struct {
  delegate *delegate;
  int_array *nodes, *inputs, *outputs;
} delegate_params;

enum { edgetpu_context = 2, allow_dynamic_tensors = 1 };

typedef struct {
  external_context context; /* how the kernels of libedgetpu find their device */
  int offset;
  bool buffers;
  uint8_t sum; /* of the last run's input bytes; buffer handles are 1 + the output's index */
} settings;

typedef struct {
  delegate *owner;
  int prepared;
} kernel;

static const size_t page_bytes = 65536;

/* Memory whose last byte is followed by a page that cannot be read. */
static void *before_guard(size_t bytes) {
  char *pages = mmap(NULL, 2 * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED || mprotect(pages + page_bytes, page_bytes, PROT_NONE) != 0) abort();
  return pages + page_bytes - bytes;
}

static void fill(tensor *output, const settings *own) {
  for (size_t index = 0; index < output->bytes; index++)
    output->data[index] = (uint8_t)(own->sum + index + (size_t)own->offset);
}

static int copy_from_buffer(context *host, delegate *self, int handle, tensor *output) {
  if (handle < 1 || self->copy_from_buffer != copy_from_buffer) {
    host->report_error(host, "double: asked for buffer %d of another delegate", handle);
    return 1;
  }
  fill(output, self->data);
  return 0;
}

static void free_buffer(context *host, delegate *self, int *handle) {
  (void)host;
  if (self->free_buffer == free_buffer) *handle = -1;
}

static void *init(context *host, const char *buffer, size_t length) {
  (void)length;
  const delegate_params *params = (const delegate_params *)buffer;
  kernel *made = calloc(1, sizeof *made);
  node *replaced;
  registration *found;
  made->owner = params->delegate;
  if (made->owner->copy_from_buffer != copy_from_buffer || params->nodes->size != 1 ||
      host->get_node_and_registration(host, params->nodes->data[0], &replaced, &found) != 0 ||
      !replaced->custom_initial_data || replaced->custom_initial_data_size == 0)
    host->report_error(host, "double: init without its own delegate and node");
  return made;
}

static void release(context *host, void *user_data) {
  (void)host;
  memset(user_data, 0xa5, sizeof(kernel));
  free(user_data);
}

static bool is_own(context *host, const node *work) {
  const kernel *made = work->user_data;
  if (made->owner == work->delegate && work->delegate->copy_from_buffer == copy_from_buffer) return true;
  host->report_error(host, "double: called for another delegate");
  return false;
}

static int prepare_kernel(context *host, node *work) {
  if (!is_own(host, work) || host->get_external_context(host, edgetpu_context) != work->delegate->data) return 1;
  ((kernel *)work->user_data)->prepared++;
  return 0;
}

static int invoke(context *host, node *work) {
  if (!is_own(host, work) || ((kernel *)work->user_data)->prepared == 0) return 1;
  settings *own = work->delegate->data;
  own->sum = 0;
  for (int index = 0; index < work->inputs->size; index++) {
    const tensor *input = &host->tensors[work->inputs->data[index]];
    for (size_t byte = 0; byte < input->bytes; byte++) own->sum = (uint8_t)(own->sum + input->data[byte]);
  }
  for (int index = 0; index < work->outputs->size; index++) {
    tensor *output = &host->tensors[work->outputs->data[index]];
    if (!own->buffers) {
      fill(output, own);
      continue;
    }
    memset(output->data, 0, output->bytes);
    output->delegate = work->delegate;
    output->buffer_handle = 1 + index;
    output->data_is_stale = true;
  }
  return 0;
}

static int claim(context *host, delegate *self, int index) {
  const char *const name = "EdgeTpuDelegateForCustomOp";
  registration_on_stack mine = {.known = {init, release, prepare_kernel, invoke, NULL, 0, name, 1}};
  memset(mine.beyond, 0x5a, sizeof mine.beyond);
  int_array *claimed = calloc(1, sizeof *claimed + sizeof(int));
  claimed->size = 1;
  claimed->data[0] = index;
  const int status = host->replace_node_subsets(host, mine, claimed, self);
  free(claimed);
  return status;
}

static int prepare(context *host, delegate *self) {
  int_array *plan;
  host->set_external_context(host, edgetpu_context, &((settings *)self->data)->context);
  if (host->get_execution_plan(host, &plan) != 0) return 1;
  const int count = plan->size;
  int *indices = calloc((size_t)count + 1, sizeof *indices); /* the plan changes while nodes are replaced */
  memcpy(indices, plan->data, sizeof *indices * (size_t)count);
  int status = 0;
  for (int entry = 0; entry < count && status == 0; entry++) {
    node *candidate;
    registration *found;
    status = host->get_node_and_registration(host, indices[entry], &candidate, &found);
    if (status == 0 && found->custom_name && strcmp(found->custom_name, "edgetpu-custom-op") == 0)
      status = claim(host, self, indices[entry]);
  }
  free(indices);
  return status;
}

__attribute__((visibility("default"))) delegate *tflite_plugin_create_delegate(const char *const *keys,
                                                                               const char *const *values, size_t count,
                                                                               void (*report)(const char *)) {
  settings *own = calloc(1, sizeof *own);
  own->context.type = edgetpu_context;
  for (size_t index = 0; index < count; index++) {
    if (strcmp(keys[index], "offset") == 0) own->offset = atoi(values[index]);
    if (strcmp(keys[index], "buffers") == 0) own->buffers = strcmp(values[index], "yes") == 0;
    if (strcmp(keys[index], "refuse") != 0) continue;
    report(values[index]);
    free(own);
    return NULL;
  }
  delegate *made = before_guard(sizeof *made);
  *made = (delegate){own, prepare, copy_from_buffer, NULL, free_buffer, allow_dynamic_tensors};
  return made;
}

__attribute__((visibility("default"))) void tflite_plugin_destroy_delegate(delegate *made) {
  free(made->data);
  munmap((char *)made + sizeof *made - page_bytes, 2 * page_bytes);
}
