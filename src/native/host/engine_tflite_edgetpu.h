#ifndef DUNLIN_HOST_ENGINE_TFLITE_EDGETPU_H
#define DUNLIN_HOST_ENGINE_TFLITE_EDGETPU_H

#include <stdbool.h>
#include <stddef.h>

#include "../addon/error_text.h"

/* libedgetpu opens devices by number, in an order that changes: devices on USB that no process has opened yet come first.
 * Finds the number that the device at `path` (`/sys/bus/usb/devices/1-1.2`, `/dev/apex_0`) has now, and writes what the
 * option `device` shall be (`usb:1`). Leaves `device` as it is for a library that has no list. False: it is not listed. */
bool host_edgetpu_device(const char *library, const char *path, char *device, size_t size, dunlin_error_text *error);

#endif
