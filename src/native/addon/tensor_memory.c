#define _GNU_SOURCE
#include "tensor_memory.h"

#include <stdlib.h>
#include <string.h>

static const tflite_tensor *tensor_at(const dunlin_memory *memory, const dunlin_tflite *library,
                                      tflite_interpreter *interpreter, int index) {
  if (index < memory->input_count) return library->call.input(interpreter, index);
  return library->call.output(interpreter, index - memory->input_count);
}

/* Operators behind one whose output shape only a run tells (a flatten of a dynamic batch) have no memory until that run,
 * which then may move everything else. */
static bool is_dynamic(const dunlin_memory *memory, const dunlin_tflite *library, tflite_interpreter *interpreter) {
  for (int index = 0; index < memory->input_count + memory->output_count; index++) {
    const tflite_tensor *tensor = tensor_at(memory, library, interpreter, index);
    if (tensor->memory == TFLITE_MEMORY_DYNAMIC || !tensor->data) return true;
  }
  if (!library->call.tensor) return false;
  const tflite_tensor *tensor;
  for (int index = 0; (tensor = library->call.tensor(interpreter, index)); index++)
    if (tensor->memory == TFLITE_MEMORY_DYNAMIC) return true;
  return false;
}

/* The library leaves what malloc gave it; a caller that fills one input of two shall get the same result every time. */
static void clear_inputs(const dunlin_memory *memory, const dunlin_tflite *library, tflite_interpreter *interpreter) {
  for (int index = 0; index < memory->input_count; index++) {
    const tflite_tensor *tensor = library->call.input(interpreter, index);
    if (tensor->data && tensor->memory != TFLITE_MEMORY_CONSTANT) memset(tensor->data, 0, tensor->bytes);
  }
}

static bool create_staging(dunlin_memory *memory, const dunlin_tflite *library, tflite_interpreter *interpreter) {
  const size_t alignment = 64;
  memory->staged = calloc((size_t)memory->input_count + 1, sizeof *memory->staged);
  memory->staged_size = calloc((size_t)memory->input_count + 1, sizeof *memory->staged_size);
  if (!memory->staged || !memory->staged_size) return false;
  for (int index = 0; index < memory->input_count; index++) {
    const tflite_tensor *tensor = library->call.input(interpreter, index);
    if (!tensor->data || tensor->bytes == 0) continue;
    if (posix_memalign(&memory->staged[index], alignment, tensor->bytes) != 0) return false;
    memory->staged_size[index] = tensor->bytes;
    memcpy(memory->staged[index], tensor->data, tensor->bytes);
  }
  return true;
}

bool dunlin_memory_record(dunlin_memory *memory, const dunlin_tflite *library, tflite_interpreter *interpreter) {
  memory->input_count = library->call.input_count(interpreter);
  memory->output_count = library->call.output_count(interpreter);
  const int count = memory->input_count + memory->output_count;
  memory->pointers = calloc((size_t)count + 1, sizeof *memory->pointers);
  if (!memory->pointers) return false;
  for (int index = 0; index < count; index++)
    memory->pointers[index] = tensor_at(memory, library, interpreter, index)->data;
  clear_inputs(memory, library, interpreter);
  memory->dynamic = is_dynamic(memory, library, interpreter);
  return !memory->dynamic || create_staging(memory, library, interpreter);
}

void dunlin_memory_clear(dunlin_memory *memory) {
  for (int index = 0; memory->staged && index < memory->input_count; index++) free(memory->staged[index]);
  free(memory->staged);
  free(memory->staged_size);
  free(memory->pointers);
  *memory = (dunlin_memory){0};
}

void dunlin_memory_stage_inputs(const dunlin_memory *memory, const dunlin_tflite *library,
                                tflite_interpreter *interpreter) {
  for (int index = 0; memory->dynamic && index < memory->input_count; index++) {
    const tflite_tensor *tensor = library->call.input(interpreter, index);
    if (memory->staged[index] && tensor->data && tensor->bytes == memory->staged_size[index])
      memcpy(tensor->data, memory->staged[index], tensor->bytes);
  }
}

bool dunlin_memory_is_stable(const dunlin_memory *memory, const dunlin_tflite *library,
                             tflite_interpreter *interpreter) {
  for (int index = 0; !memory->dynamic && index < memory->input_count + memory->output_count; index++)
    if (tensor_at(memory, library, interpreter, index)->data != memory->pointers[index]) return false;
  return true;
}

void dunlin_memory_staged(const dunlin_memory *memory, int input, void **data, size_t *size) {
  if (!memory->dynamic) return;
  *data = memory->staged[input];
  *size = memory->staged_size[input];
}
