#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "session.h"
#include "shared_memory.h"

/* The answer while it is put together. */
typedef struct {
  host_opened_message message;
  host_placed_tensor tensors[HOST_MAX_TENSORS];
} opened_answer;

static bool map_model(host_session *session, dunlin_error_text *error) {
  host_open_request *request = &session->request;
  if (request->model_size == 0 || !host_memory_is_safe(request->model_fd, request->model_size))
    dunlin_error_add(error, "the model did not arrive");
  else if (!(session->model_bytes = host_memory_map(request->model_fd, request->model_size, false)))
    dunlin_error_add(error, "no memory for a model of %llu bytes: %s", (unsigned long long)request->model_size,
                     strerror(errno));
  close(request->model_fd);
  request->model_fd = -1;
  return session->model_bytes != NULL;
}

static uint64_t align(uint64_t size) { return (size + HOST_ALIGNMENT - 1) / HOST_ALIGNMENT * HOST_ALIGNMENT; }

/* Gives every tensor of known size its place. Empty inputs have one too, which nobody uses. */
static dunlin_code place(host_session *session, const host_engine *engine, opened_answer *answer,
                         dunlin_error_text *error) {
  uint64_t end = HOST_ALIGNMENT;
  for (uint32_t index = 0; index < session->inputs + session->outputs; index++) {
    host_placed_tensor *placed = &answer->tensors[index];
    const bool output = index >= session->inputs;
    engine->describe(session->model, output, output ? index - session->inputs : index, &placed->tensor);
    if (output && placed->tensor.size == 0) {
      session->fresh[index - session->inputs] = session->is_dynamic = true;
      continue;
    }
    placed->offset = end;
    if (placed->tensor.size <= HOST_MAX_MEMORY) end += align(placed->tensor.size > 0 ? placed->tensor.size : 1);
    if (placed->tensor.size <= HOST_MAX_MEMORY && end <= HOST_MAX_MEMORY) continue;
    dunlin_error_add(error, "its inputs and outputs take more than %llu bytes", (unsigned long long)HOST_MAX_MEMORY);
    return DUNLIN_MODEL;
  }
  session->memory_size = end;
  return DUNLIN_OK;
}

static dunlin_code bind(host_session *session, const host_engine *engine, const opened_answer *answer,
                        dunlin_error_text *error) {
  for (uint32_t index = 0; index < session->inputs + session->outputs; index++) {
    const host_placed_tensor *placed = &answer->tensors[index];
    const bool output = index >= session->inputs;
    if (placed->offset == 0) continue;
    if (!engine->bind(session->model, output, output ? index - session->inputs : index,
                      (char *)session->memory + placed->offset, placed->tensor.size, error))
      return DUNLIN_MODEL;
  }
  return DUNLIN_OK;
}

static dunlin_code open_model(host_session *session, const host_engine *engine, dunlin_error_text *error) {
  dunlin_code code = DUNLIN_MODEL;
  if (!map_model(session, error)) return code;
  session->model = engine->open(session->model_bytes, session->request.model_size, session->request.options, &code,
                                error);
  if (!session->model) return code == DUNLIN_DELEGATE || code == DUNLIN_LOST ? code : DUNLIN_MODEL;
  const size_t inputs = engine->count(session->model, false), outputs = engine->count(session->model, true);
  if (inputs + outputs > HOST_MAX_TENSORS) {
    dunlin_error_add(error, "it has %zu inputs and outputs; %d at most", inputs + outputs, (int)HOST_MAX_TENSORS);
    return DUNLIN_MODEL;
  }
  session->inputs = (uint32_t)inputs;
  session->outputs = (uint32_t)outputs;
  session->fresh = calloc(outputs + 1, sizeof *session->fresh);
  return session->fresh ? DUNLIN_OK : DUNLIN_MODEL;
}

/* The descriptor of the tensors' memory, mapped here, or -1. */
static int create_memory(host_session *session, dunlin_error_text *error) {
  const int fd = host_memory_create("dunlin-tensors", session->memory_size);
  if (fd >= 0) session->memory = host_memory_map(fd, session->memory_size, true);
  if (session->memory) return fd;
  dunlin_error_add(error, "no shared memory of %llu bytes: %s", (unsigned long long)session->memory_size,
                   strerror(errno));
  if (fd >= 0) close(fd);
  return -1;
}

static void send_opened(host_session *session, const host_engine *engine, opened_answer *answer, int fd) {
  host_opened_message *message = &answer->message;
  message->head = host_head_of(HOST_OPENED);
  message->inputs = session->inputs;
  message->outputs = session->outputs;
  message->memory_size = session->memory_size;
  const char *version = engine->computes ? engine->computes(session->model) : engine->version();
  strncpy(message->version, version, sizeof message->version - 1);
  const size_t count = session->inputs + session->outputs;
  host_channel_send(session->socket, answer, sizeof *message + count * sizeof *answer->tensors, fd);
}

static dunlin_code open_all(host_session *session, const host_engine *engine, opened_answer *answer,
                            dunlin_error_text *error) {
  dunlin_code code = open_model(session, engine, error);
  if (code == DUNLIN_OK) code = place(session, engine, answer, error);
  if (code != DUNLIN_OK) return code;
  const int fd = create_memory(session, error);
  if (fd < 0) return DUNLIN_DELEGATE;
  code = bind(session, engine, answer, error);
  if (code == DUNLIN_OK) send_opened(session, engine, answer, fd);
  close(fd);
  return code;
}

dunlin_code host_session_open(host_session *session, const host_engine *engine) {
  dunlin_error_text error;
  dunlin_error_clear(&error);
  const host_opening_message opening = {host_head_of(HOST_OPENING)};
  host_channel_send(session->socket, &opening, sizeof opening, -1);
  opened_answer *answer = calloc(1, sizeof *answer);
  const dunlin_code code = answer ? open_all(session, engine, answer, &error) : DUNLIN_MODEL;
  free(answer);
  if (code != DUNLIN_OK) host_session_fail(session, 0, code, error.text);
  return code;
}
