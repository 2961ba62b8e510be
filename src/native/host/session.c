#define _GNU_SOURCE
#include "session.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "shared_memory.h"

host_session *host_session_create(int socket) {
  host_session *session = calloc(1, sizeof *session);
  if (!session) return NULL;
  session->socket = socket;
  session->request.model_fd = -1;
  return session;
}

/* Key, NUL, value, NUL, and so on; false when that does not come out even. */
static bool split_options(host_open_request *request, const char *text, size_t size, size_t count) {
  if (size > 0 && text[size - 1] != 0) return false;
  request->text = malloc(size + 1);
  request->list = calloc(count + 1, sizeof *request->list);
  if (!request->text || !request->list) return false;
  memcpy(request->text, text, size);
  const char *at = request->text, *end = at + size;
  for (size_t index = 0; index < count; index++) {
    if (at == end) return false;
    request->list[index].key = at;
    at += strlen(at) + 1;
    if (at == end) return false;
    request->list[index].value = at;
    at += strlen(at) + 1;
  }
  request->options = (host_options){request->list, count};
  return at == end;
}

bool host_session_read_open(host_session *session, const host_open_message *message, size_t size, int model_fd) {
  host_open_request *request = &session->request;
  request->model_fd = model_fd;
  if (model_fd < 0 || size < sizeof *message || message->options_size != size - sizeof *message) return false;
  request->model_size = message->model_size;
  session->share = message->share;
  return split_options(request, (const char *)(message + 1), message->options_size, message->option_count);
}

void host_session_fail(const host_session *session, uint64_t number, dunlin_code code, const char *text) {
  host_failed_message message = {.head = host_head_of(HOST_FAILED), .number = number, .code = (uint32_t)code};
  strncpy(message.text, text, sizeof message.text - 1);
  host_channel_send(session->socket, &message, sizeof message, -1);
}

void host_session_close(host_session *session, const host_engine *engine) {
  if (session->model) engine->close(session->model);
  host_memory_unmap(session->model_bytes, session->request.model_size);
  host_memory_unmap(session->memory, session->memory_size);
  if (session->request.model_fd >= 0) close(session->request.model_fd);
  free(session->request.text);
  free(session->request.list);
  free(session->fresh);
  close(session->socket);
  free(session);
}
