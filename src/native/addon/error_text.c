#include "error_text.h"

#include <stdio.h>

const char *dunlin_code_name(dunlin_code code) {
  static const char *const names[] = {
      [DUNLIN_OK] = "OK",           [DUNLIN_LIBRARY] = "LIBRARY", [DUNLIN_MODEL] = "MODEL",
      [DUNLIN_DELEGATE] = "DELEGATE", [DUNLIN_XNNPACK] = "XNNPACK", [DUNLIN_ALLOCATE] = "ALLOCATE",
      [DUNLIN_PICTURE] = "PICTURE", [DUNLIN_RUN] = "RUN",         [DUNLIN_CLOSED] = "CLOSED",
      [DUNLIN_BUSY] = "BUSY",         [DUNLIN_LOST] = "LOST",       [DUNLIN_TIMEOUT] = "TIMEOUT",
      [DUNLIN_GARBAGE] = "GARBAGE",
  };
  return names[code];
}

void dunlin_error_clear(dunlin_error_text *error) {
  error->length = 0;
  error->text[0] = 0;
}

/* One line, whatever the library wrote. */
static void flatten(dunlin_error_text *error, size_t from) {
  for (size_t index = from; index < error->length; index++)
    if (error->text[index] == '\n') error->text[index] = ' ';
  while (error->length > 0 && error->text[error->length - 1] == ' ') error->text[--error->length] = 0;
}

void dunlin_error_add_list(dunlin_error_text *error, const char *format, va_list arguments) {
  const size_t size = sizeof error->text;
  if (error->length > 0 && error->length + 3 < size) {
    error->text[error->length++] = ';';
    error->text[error->length++] = ' ';
    error->text[error->length] = 0;
  }
  const int written = vsnprintf(error->text + error->length, size - error->length, format, arguments);
  if (written < 0) return;
  const size_t from = error->length;
  const size_t room = size - error->length - 1;
  error->length += (size_t)written < room ? (size_t)written : room;
  flatten(error, from);
}

void dunlin_error_add(dunlin_error_text *error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  dunlin_error_add_list(error, format, arguments);
  va_end(arguments);
}
