#define _GNU_SOURCE
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../host/shared_memory.h"
#include "hosted_internal.h"

/* Bytes of an element by TfLiteType; 0 where they are not of one size, or not known. */
static uint64_t element_bytes(int32_t type) {
  static const uint8_t bytes[] = {0, 4, 4, 1, 8, 0, 1, 2, 8, 1, 2, 8, 16, 8, 0, 0, 4, 2, 0, 2};
  return type >= 0 && type < (int32_t)sizeof bytes ? bytes[type] : 0;
}

static bool has_end(const char *text, size_t room) { return memchr(text, 0, room) != NULL; }

/* Elements of a shape; false when a dimension is no size or the product is beyond all memory. An unknown one makes 0. */
static bool count_elements(const host_tensor *tensor, bool may_be_unknown, uint64_t *elements) {
  *elements = 1;
  for (int32_t index = 0; index < tensor->rank; index++) {
    const int64_t dim = tensor->dims[index];
    if (dim < (may_be_unknown ? -1 : 0) || dim > INT_MAX) return false;
    *elements *= dim < 0 ? 0 : (uint64_t)dim;
    if (*elements > HOST_MAX_MEMORY) return false;
  }
  return true;
}

static bool check_tensor(const host_tensor *tensor, bool may_be_unknown) {
  const uint64_t bytes = element_bytes(tensor->type);
  uint64_t elements;
  if (!has_end(tensor->name, sizeof tensor->name) || tensor->type < 1 || tensor->type > 255 || tensor->rank < 0 ||
      tensor->rank > HOST_MAX_RANK || !isfinite(tensor->scale) || tensor->scale < 0 ||
      tensor->size > HOST_MAX_MEMORY || !count_elements(tensor, may_be_unknown, &elements))
    return false;
  if (may_be_unknown && tensor->size == 0) return true;
  return bytes == 0 || tensor->size == elements * bytes;
}

static void take_tensor(hosted_tensor *target, const host_placed_tensor *placed, void *memory) {
  target->tensor = placed->tensor;
  for (int index = 0; index < HOST_MAX_RANK; index++) target->dims[index] = (int)placed->tensor.dims[index];
  target->data = placed->tensor.size > 0 && memory ? (char *)memory + placed->offset : NULL;
}

static bool lies_within(const host_placed_tensor *placed, uint64_t from, uint64_t size) {
  return placed->offset % HOST_ALIGNMENT == 0 && placed->offset >= from && placed->offset <= size &&
         placed->tensor.size <= size - placed->offset;
}

/* Maps memory of exactly this size, which its maker cannot take away; NULL when it is not so. */
static void *map_safely(int fd, uint64_t size) {
  if (fd < 0 || size == 0 || size > HOST_MAX_MEMORY || !host_memory_is_safe(fd, size)) return NULL;
  return host_memory_map(fd, size, true);
}

static bool take_opened(dunlin_hosted *hosted, const host_placed_tensor *placed) {
  for (int index = 0; index < hosted->inputs + hosted->outputs; index++) {
    const bool open = index >= hosted->inputs && placed[index].offset == 0;
    if (!check_tensor(&placed[index].tensor, open)) return false;
    if (open ? placed[index].tensor.size > 0 : !lies_within(&placed[index], HOST_ALIGNMENT, hosted->memory_size))
      return false;
    take_tensor(&hosted->tensors[index], &placed[index], hosted->memory);
    hosted->tensors[index].offset = placed[index].offset;
    hosted->is_dynamic = hosted->is_dynamic || open;
  }
  return true;
}

bool hosted_check_opened(dunlin_hosted *hosted, size_t size, int fd) {
  const host_opened_message *message = (const host_opened_message *)hosted->message;
  if (size < sizeof *message || message->inputs > HOST_MAX_TENSORS || message->outputs > HOST_MAX_TENSORS) return false;
  const size_t count = (size_t)message->inputs + message->outputs;
  if (count > HOST_MAX_TENSORS || size != sizeof *message + count * sizeof(host_placed_tensor) ||
      !has_end(message->version, sizeof message->version) || message->memory_size < sizeof(host_shared))
    return false;
  hosted->memory_size = message->memory_size;
  hosted->memory = map_safely(fd, hosted->memory_size);
  hosted->tensors = calloc(count + 1, sizeof *hosted->tensors);
  if (!hosted->memory || !hosted->tensors) return false;
  hosted->inputs = (int)message->inputs;
  hosted->outputs = (int)message->outputs;
  memcpy(hosted->version, message->version, sizeof hosted->version);
  return take_opened(hosted, (const host_placed_tensor *)(message + 1));
}

static bool take_fresh(dunlin_hosted *hosted, const host_placed_tensor *placed) {
  for (int output = 0; output < hosted->outputs; output++) {
    hosted_tensor *target = &hosted->tensors[hosted->inputs + output];
    if (target->offset != 0) continue;
    if (!check_tensor(&placed->tensor, false) || !lies_within(placed, 0, hosted->fresh_size)) return false;
    take_tensor(target, placed++, hosted->fresh);
  }
  return true;
}

static void forget_fresh(dunlin_hosted *hosted) {
  host_memory_unmap(hosted->fresh, hosted->fresh_size);
  hosted->fresh = NULL;
  hosted->fresh_size = 0;
  for (int index = hosted->inputs; index < hosted->inputs + hosted->outputs; index++)
    if (hosted->tensors[index].offset == 0) hosted->tensors[index] = (hosted_tensor){.tensor.type = 1};
}

bool hosted_check_ran(dunlin_hosted *hosted, size_t size, int fd) {
  const host_ran_message *message = (const host_ran_message *)hosted->message;
  uint32_t fresh = 0;
  for (int index = hosted->inputs; index < hosted->inputs + hosted->outputs; index++)
    fresh += hosted->tensors[index].offset == 0;
  if (size < sizeof *message || message->number != hosted->number || message->fresh != fresh ||
      size != sizeof *message + fresh * sizeof(host_placed_tensor))
    return false;
  if (fresh == 0) return fd < 0;
  forget_fresh(hosted);
  if (message->memory_size > 0 && !(hosted->fresh = map_safely(fd, message->memory_size))) return false;
  hosted->fresh_size = message->memory_size;
  if (take_fresh(hosted, (const host_placed_tensor *)(message + 1))) return true;
  forget_fresh(hosted);
  return false;
}

dunlin_code hosted_check_failed(const dunlin_hosted *hosted, size_t size, uint64_t number, dunlin_error_text *error) {
  const host_failed_message *message = (const host_failed_message *)hosted->message;
  if (size != sizeof *message || message->number != number || !has_end(message->text, sizeof message->text))
    return DUNLIN_GARBAGE;
  const bool known = message->code == DUNLIN_LOST || (number > 0 ? message->code == DUNLIN_RUN
                                                                 : message->code == DUNLIN_MODEL ||
                                                                       message->code == DUNLIN_DELEGATE);
  if (!known) return DUNLIN_GARBAGE;
  dunlin_error_add(error, "%s", message->text[0] ? message->text : "the library gave no reason");
  return (dunlin_code)message->code;
}
