#define _GNU_SOURCE
#include "list.h"

#include <unistd.h>

#include "protocol.h"

static int fail(const dunlin_error_text *error) {
  fprintf(stderr, "dunlin-host: %s\n", error->text);
  return HOST_EXIT_LIBRARY;
}

/* What the library prints by itself goes to stderr, so that it cannot be taken for a device. */
static FILE *own_output(void) {
  const int copy = dup(STDOUT_FILENO);
  if (copy < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) return NULL;
  return fdopen(copy, "w");
}

int host_list(const host_engine *engine, const char *library) {
  dunlin_error_text error;
  dunlin_error_clear(&error);
  FILE *out = own_output();
  if (!out) return HOST_EXIT_INTERNAL;
  if (!engine->load(library, &error)) return fail(&error);
  fprintf(out, "%s\n", engine->version());
  if (engine->list && !engine->list(out, &error)) return fail(&error);
  if (fclose(out) != 0) return HOST_EXIT_INTERNAL;
  fflush(stderr);
  _exit(0); /* without the library's own end, which may hang */
}
