#ifndef DUNLIN_TEST_EDGETPU_DOUBLE_DEVICES_H
#define DUNLIN_TEST_EDGETPU_DOUBLE_DEVICES_H

/* The devices of the Edge TPU double, and how libedgetpu chooses one of them. From the environment:
 *
 *   DUNLIN_EDGETPU_DOUBLE_DEVICES  what is plugged in, in the order of enumeration: `usb@/sys/bus/usb/devices/1-1,pci@/dev/apex_0`;
 *                                  without it every index is there
 *   DUNLIN_EDGETPU_DOUBLE_LOCKS    a folder: a device that another process has open cannot be opened
 *   DUNLIN_EDGETPU_DOUBLE_LOG      a file that gets a line for every opening, with the options that were honoured
 *
 * As in libedgetpu, options count only when the device is named by index, a device that this process has open is shared
 * whatever the options, and a device that is not there gives no delegate and no word. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { double_most_devices = 16, double_path_bytes = 200 };

typedef struct {
  bool is_pci;
  char path[double_path_bytes];
} double_device;

typedef struct {
  double_device list[double_most_devices];
  size_t count;
  bool is_unlimited;
} double_devices;

/* Opened by this process: how often, and the lock that keeps others out. */
typedef struct {
  char path[double_path_bytes];
  int users, lock;
} double_opened;

static double_opened double_open_devices[double_most_devices];

static double_devices double_devices_read(void) {
  double_devices devices = {0};
  const char *text = getenv("DUNLIN_EDGETPU_DOUBLE_DEVICES");
  devices.is_unlimited = text == NULL;
  char copy[double_most_devices * double_path_bytes];
  snprintf(copy, sizeof copy, "%s", text == NULL ? "" : text);
  char *rest = NULL;
  for (char *entry = strtok_r(copy, ",", &rest); entry != NULL && devices.count < double_most_devices;
       entry = strtok_r(NULL, ",", &rest)) {
    double_device *device = &devices.list[devices.count++];
    device->is_pci = strncmp(entry, "pci@", 4) == 0;
    snprintf(device->path, sizeof device->path, "%s", strlen(entry) > 4 ? entry + 4 : "");
  }
  return devices;
}

/* The text after `prefix` and a colon as an index; -1 when it is none. */
static int double_index_after(const char *text, const char *prefix) {
  const size_t length = strlen(prefix);
  if (strncmp(text, prefix, length) != 0 || text[length] != ':') return -1;
  char *end = NULL;
  const long index = strtol(text + length + 1, &end, 10);
  return text[length + 1] == '\0' || *end != '\0' || index < 0 ? -1 : (int)index;
}

/* Finds the device that the option `device` names. `indexed`: whether the other options count. */
static bool double_choose(const char *option, double_device *chosen, bool *indexed) {
  const double_devices devices = double_devices_read();
  const char *const kinds[] = {"", "usb", "pci"};
  for (int kind = 0; kind < 3; kind++) {
    const int named = double_index_after(option, kinds[kind]);
    if (named < 0 && strcmp(option, kinds[kind]) != 0) continue;
    *indexed = named >= 0;
    int left = named < 0 ? 0 : named;
    if (devices.is_unlimited) {
      chosen->is_pci = kind == 2;
      snprintf(chosen->path, sizeof chosen->path, "%s:%d", kinds[kind], left);
      return true;
    }
    for (size_t index = 0; index < devices.count; index++) {
      if (kind != 0 && devices.list[index].is_pci != (kind == 2)) continue;
      if (left-- > 0) continue;
      *chosen = devices.list[index];
      return true;
    }
    return false;
  }
  return false;
}

static int double_lock(const char *path) {
  const char *folder = getenv("DUNLIN_EDGETPU_DOUBLE_LOCKS");
  if (folder == NULL) return -1;
  char name[2 * double_path_bytes];
  const int length = snprintf(name, sizeof name, "%s/", folder);
  snprintf(name + length, sizeof name - (size_t)length, "%s", path);
  for (char *letter = name + length; *letter != '\0'; letter++)
    if (*letter == '/') *letter = '_';
  const int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  if (lock >= 0) close(lock);
  return -2;
}

static void double_log(const char *how, const char *device, const char *options) {
  const char *path = getenv("DUNLIN_EDGETPU_DOUBLE_LOG");
  FILE *file = path == NULL ? NULL : fopen(path, "ae");
  if (file == NULL) return;
  fprintf(file, "%d %s %s%s\n", (int)getpid(), how, device, options);
  fclose(file);
}

/* Opens or shares the device. @return NULL: another process has it */
static double_opened *double_open_device(const double_device *device, const char *options) {
  double_opened *free_slot = NULL;
  for (int index = 0; index < double_most_devices; index++) {
    double_opened *slot = &double_open_devices[index];
    if (slot->users == 0 && free_slot == NULL) free_slot = slot;
    if (slot->users == 0 || strcmp(slot->path, device->path) != 0) continue;
    slot->users++;
    double_log("shares", device->path, "");
    return slot;
  }
  const int lock = double_lock(device->path);
  if (free_slot == NULL || lock == -2) return NULL;
  *free_slot = (double_opened){.users = 1, .lock = lock};
  snprintf(free_slot->path, sizeof free_slot->path, "%s", device->path);
  double_log("opens", device->path, options);
  return free_slot;
}

static void double_close_device(double_opened *opened) {
  if (--opened->users > 0) return;
  if (opened->lock >= 0) close(opened->lock);
  double_log("closes", opened->path, "");
}

#endif
