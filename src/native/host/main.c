/* dunlin-host: a process that owns one device. It opens a vendor library, and runs models for the sessions that connect to
 * it, so that a library that crashes or hangs takes nothing else with it. See protocol.h. */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "connections.h"
#include "engines.h"
#include "list.h"
#include "usb_reset.h"

/* The daemon decides when this process ends: a Ctrl-C or a service manager's signal to the whole group must not take the
 * device from under pipelines that still drain. Without the daemon the sockets close, which ends it too. */
static void ignore_signals(void) {
  const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
  for (size_t index = 0; index < sizeof ignored / sizeof *ignored; index++) signal(ignored[index], SIG_IGN);
}

static void close_listed(int kept) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return;
  for (const struct dirent *entry; (entry = readdir(folder));) {
    const int fd = atoi(entry->d_name);
    if (fd > STDERR_FILENO && fd != kept && fd != dirfd(folder)) close(fd);
  }
  closedir(folder);
}

/* A descriptor that slipped in from the parent could keep a socket, a camera or another device open. */
static void close_inherited(int kept) {
#ifdef SYS_close_range
  const unsigned above = (unsigned)kept + 1;
  if ((kept == STDERR_FILENO + 1 || syscall(SYS_close_range, STDERR_FILENO + 1, kept - 1, 0) == 0) &&
      syscall(SYS_close_range, above, ~0U, 0) == 0)
    return;
#endif
  close_listed(kept);
}

static int serve(const host_engine *engine, const host_arguments *arguments) {
  const unsigned closing_ms = 200; /* for libraries that let go of their device in good order */
  ignore_signals();
  close_inherited(arguments->control);
  host_device *device = host_device_start(engine, arguments->library);
  if (!device) return HOST_EXIT_INTERNAL;
  host_connections_serve(device, arguments->control);
  host_device_rest(device, closing_ms);
  _exit(0); /* the device thread may hang, and the library's own end with it */
}

int main(int count, char **values) {
  host_arguments arguments;
  dunlin_error_text error;
  dunlin_error_clear(&error);
  const host_engine *engine = NULL;
  const bool understood = host_arguments_read(count, values, &arguments, &error);
  if (understood && arguments.usb_reset) return host_usb_reset(arguments.usb_reset);
  if (understood) engine = host_engine_find(arguments.engine, &error);
  if (!engine) {
    fprintf(stderr, "dunlin-host: %s\n", error.text);
    return HOST_EXIT_USAGE;
  }
  return arguments.list ? host_list(engine, arguments.library) : serve(engine, &arguments);
}
