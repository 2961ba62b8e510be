#define _GNU_SOURCE
#include "engine_tflite_edgetpu.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* As in libedgetpu's tflite/public/edgetpu_c.h. */
typedef enum { LISTED_PCI = 0, LISTED_USB = 1 } listed_type;
typedef struct {
  int32_t type;
  const char *path;
} listed_device;
typedef listed_device *(*list_devices)(size_t *count);
typedef void (*free_devices)(listed_device *list);

/* The number of the device at `path` among those of its type; -1 when it is not listed. */
static int find(const listed_device *list, size_t count, const char *path, int32_t *type) {
  int numbers[2] = {0, 0};
  for (size_t index = 0; index < count; index++) {
    *type = list[index].type;
    if (*type != LISTED_PCI && *type != LISTED_USB) continue;
    if (list[index].path && strcmp(list[index].path, path) == 0) return numbers[*type];
    numbers[*type]++;
  }
  return -1;
}

bool host_edgetpu_device(const char *library, const char *path, char *device, size_t size, dunlin_error_text *error) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    dunlin_error_add(error, "%s", dlerror());
    return false;
  }
  const list_devices list = (list_devices)dlsym(handle, "edgetpu_list_devices");
  const free_devices release = (free_devices)dlsym(handle, "edgetpu_free_devices");
  dlclose(handle);
  if (!list || !release) return true;
  size_t count = 0;
  int32_t type = LISTED_USB;
  listed_device *devices = list(&count);
  const int number = devices ? find(devices, count, path, &type) : -1;
  if (devices) release(devices);
  if (number >= 0) snprintf(device, size, "%s:%d", type == LISTED_USB ? "usb" : "pci", number);
  else dunlin_error_add(error, "%s sees no Edge TPU at %s now", library, path);
  return number >= 0;
}
