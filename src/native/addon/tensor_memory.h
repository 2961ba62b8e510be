#ifndef DUNLIN_TENSOR_MEMORY_H
#define DUNLIN_TENSOR_MEMORY_H

#include "tflite_library.h"

/* Where a model's inputs and outputs lie between two allocations, and whether that can be shown to JavaScript.
 *
 * Without dynamic tensors TFLite's arena stays put, and its memory is exposed as it is. With one, a run may grow the
 * arena and move every tensor; inputs are then kept in staging memory and copied in before each run. */
typedef struct {
  bool dynamic;
  int input_count, output_count;
  void **pointers;   /* inputs, then outputs, as they were after allocation */
  void **staged;     /* dynamic only: one per input, NULL for empty ones */
  size_t *staged_size;
} dunlin_memory;

/* Call after AllocateTensors. False when out of memory. */
bool dunlin_memory_record(dunlin_memory *memory, const dunlin_tflite *library, tflite_interpreter *interpreter);
void dunlin_memory_clear(dunlin_memory *memory);
void dunlin_memory_stage_inputs(const dunlin_memory *memory, const dunlin_tflite *library,
                                tflite_interpreter *interpreter);
/* False when exposed memory moved all the same. */
bool dunlin_memory_is_stable(const dunlin_memory *memory, const dunlin_tflite *library,
                             tflite_interpreter *interpreter);
/* Replaces data and size by the staging memory's, where there is one. */
void dunlin_memory_staged(const dunlin_memory *memory, int input, void **data, size_t *size);

#endif
