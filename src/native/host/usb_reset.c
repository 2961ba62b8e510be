#define _GNU_SOURCE
#include "usb_reset.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int host_usb_reset(const char *node) {
  const int fd = open(node, O_WRONLY | O_CLOEXEC);
  const int failed = fd < 0 || ioctl(fd, USBDEVFS_RESET, 0) != 0;
  if (failed) fprintf(stderr, "dunlin-host: %s: %s\n", node, strerror(errno));
  if (fd >= 0) close(fd);
  return failed;
}
