/* A double of libedgetpu for tests: an external TFLite delegate as a compiler with TFLite 2.9's headers makes it.
 *
 * It claims the nodes `edgetpu-custom-op` of a graph and computes what the model would that they were compiled from, where
 * the environment names it (edgetpu_double_twin.h); else, for every output byte i, the sum of all input bytes plus i plus
 * the option `offset`. Its TfLiteDelegate ends at a page that may not be read, and what follows its
 * TfLiteRegistration in memory is no pointer, so that a host that takes today's longer structs for granted crashes.
 * It also refuses to work for a host that shows it another delegate or user data than its own.
 *
 * Options: offset=N; buffers=yes hands the outputs over through CopyFromBufferHandle; refuse=TEXT fails to be created;
 * device, Performance and Usb.* as libedgetpu takes them (edgetpu_double_devices.h). Faults: double_control.h.
 * Built by the test: cc -shared -fPIC. Layouts: tensorflow v2.9.0, tensorflow/lite/c/common.h. */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "double_control.h"
#include "edgetpu_double_devices.h"
#include "edgetpu_double_twin.h"

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
  double_opened *device;
  uint8_t sum; /* of the last run's input bytes; buffer handles are 1 + the output's index */
} settings;

typedef struct {
  delegate *owner;
  double_twin *twin; /* computes; NULL: the sum does */
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
  double_twin_free(((kernel *)user_data)->twin);
  memset(user_data, 0xa5, sizeof(kernel));
  free(user_data);
}

static bool is_own(context *host, const node *work) {
  const kernel *made = work->user_data;
  if (made->owner == work->delegate && work->delegate->copy_from_buffer == copy_from_buffer) return true;
  host->report_error(host, "double: called for another delegate");
  return false;
}

/* Finds the model that computes for this node. */
static bool find_twin(context *host, node *work) {
  const size_t inputs = (size_t)work->inputs->size, outputs = (size_t)work->outputs->size;
  double_end *ends = calloc(inputs + outputs + 1, sizeof *ends);
  for (size_t index = 0; index < inputs + outputs; index++) {
    const bool is_input = index < inputs;
    const int_array *list = is_input ? work->inputs : work->outputs;
    const tensor *end = &host->tensors[list->data[is_input ? index : index - inputs]];
    ends[index] = (double_end){end->name, end->bytes};
  }
  kernel *made = work->user_data;
  double_twin_free(made->twin);
  made->twin = double_twin_find((double_shape){inputs, outputs, ends});
  free(ends);
  const char *wanted = getenv("DUNLIN_EDGETPU_DOUBLE_TWINS");
  return made->twin != NULL || wanted == NULL || *wanted == '\0';
}

static int prepare_kernel(context *host, node *work) {
  if (!is_own(host, work) || host->get_external_context(host, edgetpu_context) != work->delegate->data) return 1;
  ((kernel *)work->user_data)->prepared++;
  return find_twin(host, work) ? 0 : 1;
}

static bool run_twin(context *host, node *work, const double_twin *twin) {
  for (size_t index = 0; index < twin->inputs; index++) {
    int end;
    void *to = double_twin_input(twin, index, &end);
    const tensor *input = &host->tensors[work->inputs->data[end]];
    memcpy(to, input->data, input->bytes);
  }
  if (!double_twin_run(twin)) return false;
  for (int index = 0; index < work->outputs->size; index++) {
    tensor *output = &host->tensors[work->outputs->data[index]];
    memcpy(output->data, double_twin_output(twin, (size_t)index), output->bytes);
  }
  return true;
}

static void run_sum(context *host, node *work, settings *own) {
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
}

static void scramble(context *host, node *work) {
  for (int index = 0; index < work->outputs->size; index++) {
    tensor *output = &host->tensors[work->outputs->data[index]];
    for (size_t byte = 0; byte < output->bytes; byte++) output->data[byte] ^= (uint8_t)rand();
  }
}

static int invoke(context *host, node *work) {
  if (!is_own(host, work) || ((kernel *)work->user_data)->prepared == 0) return 1;
  const double_orders orders = double_control_at(DOUBLE_RUN);
  const double_twin *twin = ((kernel *)work->user_data)->twin;
  if (orders.vanish || orders.overheat || orders.fail) {
    host->report_error(host, orders.vanish     ? "double: USB transfer error 5 [LibUsbDataOutCallback]"
                             : orders.overheat ? "double: deadline exceeded, the chip is throttled"
                                               : "double: told to fail");
    return 1;
  }
  if (twin == NULL) run_sum(host, work, work->delegate->data);
  else if (!run_twin(host, work, twin)) return 1;
  if (orders.corrupt) scramble(host, work);
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

/* The value of an option, or `otherwise`; the last one wins. */
static const char *option(const char *const *keys, const char *const *values, size_t count, const char *key,
                          const char *otherwise) {
  const char *value = otherwise;
  for (size_t index = 0; index < count; index++)
    if (strcmp(keys[index], key) == 0) value = values[index];
  return value;
}

static double_opened *open_device(const char *const *keys, const char *const *values, size_t count) {
  double_device device = {0};
  bool indexed = false;
  if (!double_choose(option(keys, values, count, "device", ""), &device, &indexed)) return NULL;
  char honoured[512] = "";
  for (size_t index = 0, length = 0; index < count && indexed && length < sizeof honoured; index++)
    if (strcmp(keys[index], "device") != 0)
      length += (size_t)snprintf(honoured + length, sizeof honoured - length, " %s=%s", keys[index], values[index]);
  return double_open_device(&device, honoured);
}

__attribute__((visibility("default"))) delegate *tflite_plugin_create_delegate(const char *const *keys,
                                                                               const char *const *values, size_t count,
                                                                               void (*report)(const char *)) {
  const double_orders orders = double_control_at(DOUBLE_OPEN);
  const char *refusal = option(keys, values, count, "refuse", orders.fail ? "double: told to fail" : NULL);
  if (refusal != NULL) report(refusal);
  double_opened *device =
      refusal != NULL || orders.vanish || orders.busy ? NULL : open_device(keys, values, count);
  if (device == NULL) return NULL;
  settings *own = calloc(1, sizeof *own);
  own->context.type = edgetpu_context;
  own->device = device;
  own->offset = atoi(option(keys, values, count, "offset", "0"));
  own->buffers = strcmp(option(keys, values, count, "buffers", "no"), "yes") == 0;
  delegate *made = before_guard(sizeof *made);
  *made = (delegate){own, prepare, copy_from_buffer, NULL, free_buffer, allow_dynamic_tensors};
  return made;
}

__attribute__((visibility("default"))) void tflite_plugin_destroy_delegate(delegate *made) {
  double_control_at(DOUBLE_CLOSE);
  double_close_device(((settings *)made->data)->device);
  free(made->data);
  munmap((char *)made + sizeof *made - page_bytes, 2 * page_bytes);
}

/* libedgetpu's own list of devices: its tflite/public/edgetpu_c.h. */
typedef struct {
  int type; /* 0: PCIe, 1: USB */
  const char *path;
} listed_device;

__attribute__((visibility("default"))) listed_device *edgetpu_list_devices(size_t *count) {
  static double_devices devices;
  const double_orders orders = double_control_at(DOUBLE_PROBE);
  devices = double_devices_read();
  *count = orders.vanish ? 0 : devices.count;
  listed_device *list = *count == 0 ? NULL : calloc(*count, sizeof *list);
  for (size_t index = 0; index < *count; index++)
    list[index] = (listed_device){devices.list[index].is_pci ? 0 : 1, devices.list[index].path};
  return list;
}

__attribute__((visibility("default"))) void edgetpu_free_devices(listed_device *list) { free(list); }

__attribute__((visibility("default"))) const char *edgetpu_version(void) { return "double of libedgetpu"; }
