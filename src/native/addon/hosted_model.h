#ifndef DUNLIN_HOSTED_MODEL_H
#define DUNLIN_HOSTED_MODEL_H

#include "model.h"

/* A model in a dunlin-host process: the client of src/native/host/protocol.h. The process may crash, hang and send
 * anything: no call here blocks for longer than its timeout, and nothing that arrives is used unchecked. */
typedef struct dunlin_hosted dunlin_hosted;

typedef struct {
  const void *model;
  size_t model_size;
  const char *const *keys, *const *values;
  size_t count;
  double share;
  double timeout_ms; /* from when the device gets to it */
} dunlin_hosted_options;

/* A new connection to the program behind this control socket; -1 with the reason in error. Any thread. */
int dunlin_hosted_connect(int control, dunlin_error_text *error);

/* Takes the connection over. `ending` becomes readable when all waiting shall end. NULL with code and error set. */
dunlin_hosted *dunlin_hosted_open(int connection, int ending, const dunlin_hosted_options *options, dunlin_code *code,
                                  dunlin_error_text *error);
/* What computes: `openvino 2026.1.0`. */
const char *dunlin_hosted_version(const dunlin_hosted *hosted);
/* Does not wait for the process. */
void dunlin_hosted_free(dunlin_hosted *hosted);

#endif
