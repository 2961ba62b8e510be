#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "session.h"
#include "shared_memory.h"

typedef struct {
  host_ran_message message;
  host_placed_tensor tensors[HOST_MAX_TENSORS];
} ran_answer;

void host_session_take(host_session *session, uint64_t number) {
  host_shared *shared = session->memory;
  if (shared) atomic_store_explicit(&shared->taken_run, number, memory_order_release);
}

dunlin_code host_session_run(host_session *session, const host_engine *engine, uint64_t number,
                             dunlin_error_text *error) {
  if (!session->memory) {
    dunlin_error_add(error, "no model is open");
    return DUNLIN_RUN;
  }
  host_shared *shared = session->memory;
  atomic_store_explicit(&shared->started_ns, host_now_ns(), memory_order_relaxed);
  atomic_store_explicit(&shared->started_run, number, memory_order_release);
  const dunlin_code code = engine->run(session->model, error);
  return code == DUNLIN_OK || code == DUNLIN_LOST ? code : DUNLIN_RUN;
}

static uint64_t align(uint64_t size) { return (size + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT; }

/* Where the outputs of no fixed size go this time. False when they are too large. */
static bool place_fresh(const host_session *session, const host_engine *engine, ran_answer *answer) {
  uint64_t end = 0;
  for (uint32_t output = 0; output < session->outputs; output++) {
    if (!session->fresh[output]) continue;
    host_placed_tensor *placed = &answer->tensors[answer->message.fresh++];
    engine->describe(session->model, true, output, &placed->tensor);
    if (placed->tensor.size > HOST_MAX_MEMORY - end) return false;
    placed->offset = end;
    end = align(end + placed->tensor.size);
    if (end > HOST_MAX_MEMORY) return false;
  }
  answer->message.memory_size = end;
  return true;
}

static bool read_fresh(const host_session *session, const host_engine *engine, const ran_answer *answer, char *memory) {
  uint32_t at = 0;
  for (uint32_t output = 0; output < session->outputs; output++) {
    if (!session->fresh[output]) continue;
    const host_placed_tensor *placed = &answer->tensors[at++];
    if (placed->tensor.size > 0 &&
        !engine->read(session->model, output, memory + placed->offset, placed->tensor.size))
      return false;
  }
  return true;
}

/* The descriptor of memory with the fresh outputs, or -1 with the reason in error. */
static int collect(const host_session *session, const host_engine *engine, const ran_answer *answer,
                   dunlin_error_text *error) {
  const uint64_t size = answer->message.memory_size;
  const int fd = host_memory_create("dunlin-outputs", size);
  char *memory = fd < 0 ? NULL : host_memory_map(fd, size, true);
  const bool complete = memory && read_fresh(session, engine, answer, memory);
  if (!memory) dunlin_error_add(error, "no shared memory of %llu bytes: %s", (unsigned long long)size, strerror(errno));
  if (memory && !complete) dunlin_error_add(error, "the library does not give its outputs");
  host_memory_unmap(memory, size);
  if (complete) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

static void answer_fresh(host_session *session, const host_engine *engine, ran_answer *answer) {
  dunlin_error_text error;
  dunlin_error_clear(&error);
  int fd = -1;
  bool complete = place_fresh(session, engine, answer);
  if (!complete) dunlin_error_add(&error, "its outputs take more than %llu bytes", (unsigned long long)HOST_MAX_MEMORY);
  if (complete && answer->message.memory_size > 0) complete = (fd = collect(session, engine, answer, &error)) >= 0;
  const size_t size = sizeof answer->message + answer->message.fresh * sizeof *answer->tensors;
  if (complete)
    host_channel_send(session->socket, answer, size, fd);
  else
    host_session_fail(session, answer->message.number, DUNLIN_RUN, error.text);
  if (fd >= 0) close(fd);
}

void host_session_answer(host_session *session, const host_engine *engine, host_ran_message message, dunlin_code code,
                         const dunlin_error_text *error) {
  if (code != DUNLIN_OK) {
    host_session_fail(session, message.number, code, error->text);
  } else if (!session->is_dynamic) {
    host_channel_send(session->socket, &message, sizeof message, -1);
  } else {
    ran_answer *answer = calloc(1, sizeof *answer);
    if (!answer) return host_session_fail(session, message.number, DUNLIN_RUN, "out of memory");
    answer->message = message;
    answer_fresh(session, engine, answer);
    free(answer);
  }
}
