#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/shared_memory.h"
#include "hosted_internal.h"

/* Other sessions of the device may be opened first; so long at least. */
static const double turn_timeout_ms = 30e3;

int dunlin_hosted_connect(int control, dunlin_error_text *error) {
  const host_connect_message message = {host_head_of(HOST_CONNECT)};
  int sockets[2];
  if (!host_channel_pair(sockets)) {
    dunlin_error_add(error, "no socket can be had: %s", strerror(errno));
    return -1;
  }
  const bool sent = host_channel_send(control, &message, sizeof message, sockets[1]);
  if (!sent) dunlin_error_add(error, "its process has ended (%s)", strerror(errno));
  close(sockets[1]);
  if (sent) return sockets[0];
  close(sockets[0]);
  return -1;
}

/* Key, NUL, value, NUL, and so on, behind the message. NULL when that is too long. */
static host_open_message *make_open(const dunlin_hosted_options *options, size_t *size) {
  *size = sizeof(host_open_message);
  for (size_t index = 0; index < options->count; index++)
    *size += strlen(options->keys[index]) + strlen(options->values[index]) + 2;
  host_open_message *message = *size <= HOST_MESSAGE_BYTES ? calloc(1, *size) : NULL;
  if (!message) return NULL;
  *message = (host_open_message){
      .head = host_head_of(HOST_OPEN),
      .model_size = options->model_size,
      .share = options->share,
      .option_count = (uint32_t)options->count,
      .options_size = (uint32_t)(*size - sizeof *message),
  };
  char *at = (char *)(message + 1);
  for (size_t index = 0; index < options->count; index++) {
    at = stpcpy(at, options->keys[index]) + 1;
    at = stpcpy(at, options->values[index]) + 1;
  }
  return message;
}

static dunlin_code send_open(dunlin_hosted *hosted, const dunlin_hosted_options *options, dunlin_error_text *error) {
  size_t size;
  host_open_message *message = make_open(options, &size);
  const int fd = message ? host_memory_create_filled("dunlin-model", options->model, options->model_size) : -1;
  const bool sent = fd >= 0 && host_channel_send(hosted->connection, message, size, fd);
  const int reason = errno;
  free(message);
  if (fd >= 0) close(fd);
  if (sent) return DUNLIN_OK;
  if (!message) dunlin_error_add(error, "the options are too long");
  else if (fd < 0) dunlin_error_add(error, "no memory for the model: %s", strerror(reason));
  else dunlin_error_add(error, "its process ended");
  return fd >= 0 ? DUNLIN_LOST : DUNLIN_MODEL;
}

/* One message of the answer. DUNLIN_OK, or DUNLIN_BUSY when the device has just got to it. */
static dunlin_code take_answer(dunlin_hosted *hosted, size_t size, int fd, dunlin_error_text *error) {
  const host_head *head = (const host_head *)hosted->message;
  dunlin_code code = DUNLIN_GARBAGE;
  if (size >= sizeof *head && head->protocol == HOST_PROTOCOL) {
    if (head->kind == HOST_OPENING && size == sizeof(host_opening_message) && fd < 0) code = DUNLIN_BUSY;
    if (head->kind == HOST_OPENED && hosted_check_opened(hosted, size, fd)) code = DUNLIN_OK;
    if (head->kind == HOST_FAILED && fd < 0) code = hosted_check_failed(hosted, size, 0, error);
  }
  if (fd >= 0) close(fd);
  if (code == DUNLIN_GARBAGE) dunlin_error_add(error, "its process answered garbage");
  return code;
}

static dunlin_code wait_opened(dunlin_hosted *hosted, double timeout_ms, dunlin_error_text *error) {
  uint64_t deadline = hosted_after_ms(host_now_ns(), timeout_ms > turn_timeout_ms ? timeout_ms : turn_timeout_ms);
  bool started = false;
  for (;;) {
    size_t size;
    int fd;
    switch (hosted_receive(hosted, deadline, &size, &fd)) {
      case HOSTED_TIMEOUT:
        dunlin_error_add(error, "the model was not opened in time");
        return DUNLIN_TIMEOUT;
      case HOSTED_ENDED:
        dunlin_error_add(error, "its process ended");
        return DUNLIN_LOST;
      case HOSTED_ENDING:
        dunlin_error_add(error, "the lane is closed");
        return DUNLIN_CLOSED;
      case HOSTED_BROKEN:
        dunlin_error_add(error, "its process answered garbage");
        return DUNLIN_GARBAGE;
    }
    const dunlin_code code = take_answer(hosted, size, fd, error);
    if (code != DUNLIN_BUSY) return code;
    if (started) {
      dunlin_error_add(error, "its process answered garbage");
      return DUNLIN_GARBAGE;
    }
    started = true;
    deadline = hosted_after_ms(host_now_ns(), timeout_ms);
  }
}

dunlin_hosted *dunlin_hosted_open(int connection, int ending, const dunlin_hosted_options *options, dunlin_code *code,
                                  dunlin_error_text *error) {
  dunlin_hosted *hosted = calloc(1, sizeof *hosted);
  *code = DUNLIN_MODEL;
  if (!hosted) {
    close(connection);
    return NULL;
  }
  hosted->connection = connection;
  hosted->ending = ending;
  *code = send_open(hosted, options, error);
  if (*code == DUNLIN_OK) *code = wait_opened(hosted, options->timeout_ms, error);
  if (*code == DUNLIN_OK) return hosted;
  dunlin_hosted_free(hosted);
  return NULL;
}

const char *dunlin_hosted_version(const dunlin_hosted *hosted) { return hosted->version; }

void dunlin_hosted_free(dunlin_hosted *hosted) {
  if (!hosted) return;
  if (hosted->connection >= 0) close(hosted->connection);
  host_memory_unmap(hosted->memory, hosted->memory_size);
  host_memory_unmap(hosted->fresh, hosted->fresh_size);
  free(hosted->tensors);
  free(hosted);
}
