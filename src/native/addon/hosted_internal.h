#ifndef DUNLIN_HOSTED_INTERNAL_H
#define DUNLIN_HOSTED_INTERNAL_H

#include "../host/channel.h"
#include "hosted_model.h"

/* One input or output as the program described it, checked. */
typedef struct {
  host_tensor tensor;
  int dims[HOST_MAX_RANK];
  uint64_t offset; /* 0 in an output: not in the session's memory */
  void *data;
} hosted_tensor;

struct dunlin_hosted {
  int connection; /* -1 once it is lost */
  int ending;
  void *memory; /* starts with a host_shared */
  uint64_t memory_size;
  void *fresh; /* of the last run's outputs that have no place in the memory; NULL for none */
  uint64_t fresh_size;
  int inputs, outputs;
  hosted_tensor *tensors; /* inputs, then outputs */
  bool is_dynamic;
  uint64_t number; /* of the last run */
  char version[HOST_VERSION_BYTES];
  _Alignas(8) char message[HOST_MESSAGE_BYTES]; /* the last one received */
};

/* hosted_check.c: what arrived, read without believing it; false when it makes no sense. */
bool hosted_check_opened(dunlin_hosted *hosted, size_t size, int fd);
bool hosted_check_ran(dunlin_hosted *hosted, size_t size, int fd);
/* The code that a FAILED message names, or DUNLIN_GARBAGE; the text goes to error. */
dunlin_code hosted_check_failed(const dunlin_hosted *hosted, size_t size, uint64_t number, dunlin_error_text *error);

/* hosted_wait.c */
enum { HOSTED_MESSAGE, HOSTED_TIMEOUT, HOSTED_ENDED, HOSTED_ENDING, HOSTED_BROKEN };
/* Receives the next message; gives one of the above. */
int hosted_receive(dunlin_hosted *hosted, uint64_t deadline_ns, size_t *size, int *fd);
/* The connection is of no use any more. Returns `code`, with the reason in error. */
dunlin_code hosted_lose(dunlin_hosted *hosted, dunlin_code code, dunlin_error_text *error, const char *reason);
uint64_t hosted_after_ms(uint64_t from_ns, double ms);

#endif
