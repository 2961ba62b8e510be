#ifndef DUNLIN_ERROR_TEXT_H
#define DUNLIN_ERROR_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* What a failed step is called towards JavaScript (`error.code`); see NativeAddon in src/native/api.ts. */
typedef enum {
  DUNLIN_OK,
  DUNLIN_LIBRARY,
  DUNLIN_MODEL,
  DUNLIN_DELEGATE,
  DUNLIN_XNNPACK,
  DUNLIN_ALLOCATE,
  DUNLIN_PICTURE,
  DUNLIN_RUN,
  DUNLIN_CLOSED,
  DUNLIN_BUSY,
  DUNLIN_LOST,
  DUNLIN_TIMEOUT,
  DUNLIN_GARBAGE,
} dunlin_code;

const char *dunlin_code_name(dunlin_code code);

/* Collects what a library prints while it fails: one sentence after the other, cut off at the end of the buffer. */
typedef struct {
  size_t length;
  char text[2048];
} dunlin_error_text;

void dunlin_error_clear(dunlin_error_text *error);
void dunlin_error_add(dunlin_error_text *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dunlin_error_add_list(dunlin_error_text *error, const char *format, va_list arguments);

#endif
