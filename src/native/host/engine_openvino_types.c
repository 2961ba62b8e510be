#include "engine_openvino_library.h"

/* ov_element_type_e is counted in this order: UNDEFINED (until 2025), DYNAMIC, BOOLEAN, BF16, F16, F32, F64, I4, I8, I16, I32,
 * I64, U1, then U2, U3 (since 2024), U4, U6 (since 2024), U8, U16, U32, U64. */
typedef struct {
  int first;      /* BOOLEAN */
  int with_units; /* U8 */
} type_order;

static const type_order orders[] = {
    {2, 14}, /* 2022.3 to 2024 */
    {2, 17}, /* 2024, 2025 */
    {1, 16}, /* 2026 */
    {1, 13},
};

typedef struct {
  int32_t tflite;
  bool unsigned_whole; /* counted from U8, not from BOOLEAN */
  int offset;
  size_t size;
} plain_type;

static const plain_type plain_types[] = {
    {1, false, 3, 4}, /* float32 */
    {2, false, 8, 4},  {3, true, 0, 1},  {4, false, 9, 8}, {6, false, 0, 1},  {7, false, 7, 2},
    {9, false, 6, 1},  {10, false, 2, 2}, {11, false, 4, 8}, {13, true, 3, 8}, {16, true, 2, 4},
    {17, true, 1, 2},
};

enum { PLAIN_TYPES = sizeof plain_types / sizeof *plain_types, SAMPLE = 8 };

static int number_of(const plain_type *type) {
  return (type->unsigned_whole ? openvino.types_unsigned : openvino.types_first) + type->offset;
}

static bool has_size(int number, size_t expected) {
  int64_t dims[] = {SAMPLE};
  openvino_tensor *tensor = NULL;
  size_t bytes = 0;
  if (openvino.call.tensor_create(number, (openvino_shape){1, dims}, &tensor) != 0) return false;
  const bool known = openvino.call.tensor_size(tensor, &bytes) == 0;
  openvino.call.tensor_free(tensor);
  return known && bytes == expected * SAMPLE;
}

static bool fits(const type_order *order) {
  openvino.types_first = order->first;
  openvino.types_unsigned = order->with_units;
  for (size_t index = 0; index < PLAIN_TYPES; index++)
    if (!has_size(number_of(&plain_types[index]), plain_types[index].size)) return false;
  return true;
}

bool openvino_learn_types(dunlin_error_text *error) {
  for (size_t index = 0; index < sizeof orders / sizeof *orders; index++)
    if (fits(&orders[index])) return true;
  dunlin_error_add(error, "%s: its element types are counted in no known order; Dunlin is too old for this release",
                   openvino.version);
  return false;
}

int32_t openvino_type_to_tflite(int type) {
  for (size_t index = 0; index < PLAIN_TYPES; index++)
    if (number_of(&plain_types[index]) == type) return plain_types[index].tflite;
  return 0;
}

int openvino_type_of_tflite(int32_t type) {
  for (size_t index = 0; index < PLAIN_TYPES; index++)
    if (plain_types[index].tflite == type) return number_of(&plain_types[index]);
  return -1;
}

size_t openvino_type_size(int32_t type) {
  for (size_t index = 0; index < PLAIN_TYPES; index++)
    if (plain_types[index].tflite == type) return plain_types[index].size;
  return 0;
}
