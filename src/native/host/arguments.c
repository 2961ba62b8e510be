#include "arguments.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "expected --engine tflite|openvino|onnxruntime --library PATH, and --list or --control FD [--name TEXT]; or --usb-reset NODE";

static bool read_descriptor(const char *text, int *fd) {
  char *end;
  const long value = strtol(text, &end, 10);
  if (*text == 0 || *end != 0 || value < 0 || value > INT_MAX) return false;
  *fd = (int)value;
  return true;
}

static bool read_value(const char *key, const char *value, host_arguments *arguments) {
  if (strcmp(key, "--engine") == 0) return (arguments->engine = value) != NULL;
  if (strcmp(key, "--library") == 0) return (arguments->library = value) != NULL;
  if (strcmp(key, "--usb-reset") == 0) return (arguments->usb_reset = value) != NULL;
  if (strcmp(key, "--control") == 0) return read_descriptor(value, &arguments->control);
  return strcmp(key, "--name") == 0; /* for whoever reads the list of processes */
}

bool host_arguments_read(int count, char **values, host_arguments *arguments, dunlin_error_text *error) {
  *arguments = (host_arguments){.control = -1};
  for (int index = 1; index < count; index++) {
    const char *key = values[index];
    if (strcmp(key, "--list") == 0) {
      arguments->list = true;
    } else if (index + 1 >= count || !read_value(key, values[++index], arguments)) {
      dunlin_error_add(error, "%s: not understood; %s", key, usage);
      return false;
    }
  }
  if (arguments->usb_reset && !arguments->engine && !arguments->library && !arguments->list) return true;
  if (arguments->engine && arguments->library && !arguments->usb_reset && arguments->list == (arguments->control < 0)) return true;
  dunlin_error_add(error, "%s", usage);
  return false;
}
