#ifndef DUNLIN_HOST_ARGUMENTS_H
#define DUNLIN_HOST_ARGUMENTS_H

#include <stdbool.h>

#include "../addon/error_text.h"

typedef struct {
  const char *engine, *library;
  const char *usb_reset; /* node of a device to reset; then nothing else is done */
  bool list;
  int control; /* -1: not given */
} host_arguments;

/* False with the reason in error. */
bool host_arguments_read(int count, char **values, host_arguments *arguments, dunlin_error_text *error);

#endif
