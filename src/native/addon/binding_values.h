#ifndef DUNLIN_BINDING_VALUES_H
#define DUNLIN_BINDING_VALUES_H

#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>

#include "error_text.h"

/* JavaScript values to C and back. Readers return false with a TypeError pending that names the argument. */

/* What an External holds, so that a handle of one kind is never taken for another. */
typedef enum { HANDLE_TFLITE = 0x64750001, HANDLE_JPEG, HANDLE_LANE, HANDLE_SESSION } handle_kind;

napi_value handle_create(napi_env env, handle_kind kind, void *pointer, void (*finalize)(void *pointer));
/* NULL with a TypeError pending. */
void *handle_read(napi_env env, napi_value value, handle_kind kind, const char *what);

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *values);
bool read_property(napi_env env, napi_value object, const char *name, napi_value *value);
/* Like read_property; *value is NULL when the property is absent or undefined. */
bool read_optional(napi_env env, napi_value object, const char *name, napi_value *value);
bool read_double(napi_env env, napi_value value, const char *what, double *number);
bool read_int(napi_env env, napi_value value, const char *what, int32_t *number);
bool read_int_property(napi_env env, napi_value object, const char *name, int32_t *number);
bool read_double_property(napi_env env, napi_value object, const char *name, double *number);
/* Free *text with free(). */
bool read_string(napi_env env, napi_value value, const char *what, char **text);
bool read_length(napi_env env, napi_value array, const char *what, uint32_t *length);
/* ArrayBuffer, or any view on one. */
bool read_bytes(napi_env env, napi_value value, const char *what, void **data, size_t *size);
/* Index of a string property in a list of names. */
bool read_choice(napi_env env, napi_value object, const char *name, const char *const *choices, int count, int *index);

napi_value make_error(napi_env env, dunlin_code code, const char *message);
bool throw_type_error(napi_env env, const char *format, ...) __attribute__((format(printf, 2, 3)));
napi_value throw_error(napi_env env, dunlin_code code, const char *message);
void set_value(napi_env env, napi_value object, const char *name, napi_value value);
void set_double(napi_env env, napi_value object, const char *name, double number);
void set_string(napi_env env, napi_value object, const char *name, const char *text);
void set_bool(napi_env env, napi_value object, const char *name, bool value);

#endif
