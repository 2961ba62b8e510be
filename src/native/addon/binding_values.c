#include "binding_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  handle_kind kind;
  void *pointer;
  void (*finalize)(void *pointer);
} handle;

static void finalize_handle(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  handle *box = data;
  if (box->finalize) box->finalize(box->pointer);
  free(box);
}

napi_value handle_create(napi_env env, handle_kind kind, void *pointer, void (*finalize)(void *pointer)) {
  handle *box = malloc(sizeof *box);
  napi_value value = NULL;
  if (!box) return NULL;
  *box = (handle){kind, pointer, finalize};
  if (napi_create_external(env, box, finalize_handle, NULL, &value) != napi_ok) free(box);
  return value;
}

void *handle_read(napi_env env, napi_value value, handle_kind kind, const char *what) {
  napi_valuetype type;
  void *data = NULL;
  if (value && napi_typeof(env, value, &type) == napi_ok && type == napi_external &&
      napi_get_value_external(env, value, &data) == napi_ok && ((handle *)data)->kind == kind)
    return ((handle *)data)->pointer;
  throw_type_error(env, "native: expected a %s", what);
  return NULL;
}

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values) {
  size_t given = count;
  if (napi_get_cb_info(env, info, &given, values, NULL, NULL) == napi_ok && given >= count) return true;
  return throw_type_error(env, "native: expected %zu arguments but received %zu", count, given);
}

bool read_property(napi_env env, napi_value object, const char *name, napi_value *value) {
  if (napi_get_named_property(env, object, name, value) == napi_ok) return true;
  return throw_type_error(env, "native: no property %s", name);
}

bool read_optional(napi_env env, napi_value object, const char *name, napi_value *value) {
  napi_valuetype type;
  if (!read_property(env, object, name, value)) return false;
  if (napi_typeof(env, *value, &type) == napi_ok && type == napi_undefined) *value = NULL;
  return true;
}

bool read_double(napi_env env, napi_value value, const char *what, double *number) {
  if (napi_get_value_double(env, value, number) == napi_ok) return true;
  return throw_type_error(env, "native: expected %s to be a number", what);
}

bool read_int(napi_env env, napi_value value, const char *what, int32_t *number) {
  double wide;
  if (!read_double(env, value, what, &wide)) return false;
  if (wide < INT32_MIN || wide > INT32_MAX || wide != (double)(int32_t)wide)
    return throw_type_error(env, "native: expected %s to be a 32-bit integer but received %g", what, wide);
  *number = (int32_t)wide;
  return true;
}

bool read_int_property(napi_env env, napi_value object, const char *name, int32_t *number) {
  napi_value value;
  return read_property(env, object, name, &value) && read_int(env, value, name, number);
}

bool read_double_property(napi_env env, napi_value object, const char *name, double *number) {
  napi_value value;
  return read_property(env, object, name, &value) && read_double(env, value, name, number);
}

bool read_string(napi_env env, napi_value value, const char *what, char **text) {
  size_t length;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &length) != napi_ok)
    return throw_type_error(env, "native: expected %s to be a string", what);
  *text = malloc(length + 1);
  if (!*text) return throw_type_error(env, "native: out of memory");
  napi_get_value_string_utf8(env, value, *text, length + 1, &length);
  return true;
}

bool read_length(napi_env env, napi_value array, const char *what, uint32_t *length) {
  if (napi_get_array_length(env, array, length) == napi_ok) return true;
  return throw_type_error(env, "native: expected %s to be an array", what);
}

static size_t element_size(napi_typedarray_type type) {
  switch (type) {
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
    default:
      return 1;
  }
}

bool read_bytes(napi_env env, napi_value value, const char *what, void **data, size_t *size) {
  bool is = false;
  napi_typedarray_type type;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is &&
      napi_get_typedarray_info(env, value, &type, size, data, NULL, NULL) == napi_ok) {
    *size *= element_size(type);
    return true;
  }
  if (napi_is_arraybuffer(env, value, &is) == napi_ok && is &&
      napi_get_arraybuffer_info(env, value, data, size) == napi_ok)
    return true;
  return throw_type_error(env, "native: expected %s to be an ArrayBuffer or a typed array", what);
}

bool read_choice(napi_env env, napi_value object, const char *name, const char *const *choices, int count, int *index) {
  char text[32] = "";
  napi_value value;
  size_t length;
  if (!read_property(env, object, name, &value)) return false;
  if (napi_get_value_string_utf8(env, value, text, sizeof text, &length) != napi_ok)
    return throw_type_error(env, "native: expected %s to be a string", name);
  for (*index = 0; *index < count; ++*index)
    if (choices[*index] && strcmp(choices[*index], text) == 0) return true;
  return throw_type_error(env, "native: %s cannot be \"%s\"", name, text);
}

napi_value make_error(napi_env env, dunlin_code code, const char *message) {
  napi_value error = NULL, code_value, text;
  napi_create_string_utf8(env, dunlin_code_name(code), NAPI_AUTO_LENGTH, &code_value);
  napi_create_string_utf8(env, message, NAPI_AUTO_LENGTH, &text);
  napi_create_error(env, code_value, text, &error);
  return error;
}

bool throw_type_error(napi_env env, const char *format, ...) {
  char message[256];
  bool pending = false;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  napi_is_exception_pending(env, &pending);
  if (!pending) napi_throw_type_error(env, NULL, message);
  return false;
}

napi_value throw_error(napi_env env, dunlin_code code, const char *message) {
  napi_throw_error(env, dunlin_code_name(code), message);
  return NULL;
}

void set_value(napi_env env, napi_value object, const char *name, napi_value value) {
  napi_set_named_property(env, object, name, value);
}

void set_double(napi_env env, napi_value object, const char *name, double number) {
  napi_value value;
  if (napi_create_double(env, number, &value) == napi_ok) set_value(env, object, name, value);
}

void set_string(napi_env env, napi_value object, const char *name, const char *text) {
  napi_value value;
  if (napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value) == napi_ok) set_value(env, object, name, value);
}

void set_bool(napi_env env, napi_value object, const char *name, bool value) {
  napi_value boolean;
  if (napi_get_boolean(env, value, &boolean) == napi_ok) set_value(env, object, name, boolean);
}
