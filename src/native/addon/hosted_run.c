#define _GNU_SOURCE
#include <unistd.h>

#include "hosted_internal.h"

/* A run that has not left the queue after this long never will. */
static const double turn_timeout_ms = 30e3;
/* A program that has not even taken the run up is stopped, or starved beyond use. */
static const double take_timeout_ms = 3e3;

static const char garbage[] = "its process answered garbage";

/* When this run has hung if nothing comes until then. While it waits in the queue, that is the timeout from now: it may
 * start any moment. What the program writes there is only believed within what can be. */
static uint64_t next_deadline(const dunlin_hosted *hosted, uint64_t sent_ns, uint64_t *started_ns, double timeout_ms) {
  host_shared *shared = hosted->memory;
  const uint64_t now = host_now_ns();
  if (*started_ns == 0 && atomic_load_explicit(&shared->started_run, memory_order_acquire) == hosted->number) {
    *started_ns = atomic_load_explicit(&shared->started_ns, memory_order_relaxed);
    if (*started_ns < sent_ns) *started_ns = sent_ns;
    if (*started_ns > now) *started_ns = now;
  }
  if (*started_ns > 0) return hosted_after_ms(*started_ns, timeout_ms);
  const bool is_taken = atomic_load_explicit(&shared->taken_run, memory_order_acquire) == hosted->number;
  const uint64_t last = hosted_after_ms(sent_ns, is_taken ? turn_timeout_ms : take_timeout_ms);
  const uint64_t soon = hosted_after_ms(now, timeout_ms);
  return soon < last ? soon : last;
}

/* DUNLIN_OK with a message, or why there is none. */
static dunlin_code wait_answer(dunlin_hosted *hosted, uint64_t sent_ns, double timeout_ms, size_t *size, int *fd,
                               dunlin_error_text *error) {
  uint64_t started_ns = 0;
  for (;;) {
    const uint64_t deadline = next_deadline(hosted, sent_ns, &started_ns, timeout_ms);
    const bool is_late = deadline <= host_now_ns();
    switch (hosted_receive(hosted, deadline, size, fd)) {
      case HOSTED_MESSAGE:
        return DUNLIN_OK;
      case HOSTED_ENDED:
        return hosted_lose(hosted, DUNLIN_LOST, error, "its process ended during a run");
      case HOSTED_ENDING:
        return hosted_lose(hosted, DUNLIN_CLOSED, error, "the lane is closed");
      case HOSTED_BROKEN:
        return hosted_lose(hosted, DUNLIN_GARBAGE, error, garbage);
    }
    if (is_late) break;
  }
  if (started_ns > 0)
    dunlin_error_add(error, "no answer within %.0f ms on the device", timeout_ms);
  else
    dunlin_error_add(error, "its process has not begun the run");
  return hosted_lose(hosted, DUNLIN_TIMEOUT, error, NULL);
}

static dunlin_code take_answer(dunlin_hosted *hosted, size_t size, int fd, dunlin_error_text *error) {
  const host_head *head = (const host_head *)hosted->message;
  dunlin_code code = DUNLIN_GARBAGE;
  if (size >= sizeof *head && head->protocol == HOST_PROTOCOL) {
    if (head->kind == HOST_RAN && hosted_check_ran(hosted, size, fd)) code = DUNLIN_OK;
    if (head->kind == HOST_FAILED && fd < 0) code = hosted_check_failed(hosted, size, hosted->number, error);
  }
  if (fd >= 0) close(fd);
  if (code == DUNLIN_GARBAGE) return hosted_lose(hosted, code, error, garbage);
  return code == DUNLIN_LOST ? hosted_lose(hosted, code, error, NULL) : code;
}

static void fill_report(const dunlin_hosted *hosted, double total_ms, dunlin_run_report *report) {
  const double queue_ms = (double)((const host_ran_message *)hosted->message)->queue_ns / 1e6;
  report->queue_ms = queue_ms < total_ms ? queue_ms : total_ms;
  report->run_ms = total_ms - report->queue_ms;
}

static dunlin_code run(void *self, const dunlin_run_request *request, dunlin_run_report *report,
                       dunlin_error_text *error) {
  dunlin_hosted *hosted = self;
  if (hosted->connection < 0) {
    dunlin_error_add(error, "the device was lost before");
    return DUNLIN_LOST;
  }
  const uint64_t sent_ns = host_now_ns();
  const host_run_message message = {host_head_of(HOST_RUN), ++hosted->number, request->due_ns};
  if (!host_channel_send(hosted->connection, &message, sizeof message, -1))
    return hosted_lose(hosted, DUNLIN_LOST, error, "its process ended");
  size_t size;
  int fd;
  dunlin_code code = wait_answer(hosted, sent_ns, request->timeout_ms, &size, &fd, error);
  if (code == DUNLIN_OK) code = take_answer(hosted, size, fd, error);
  if (code == DUNLIN_OK) fill_report(hosted, (double)(host_now_ns() - sent_ns) / 1e6, report);
  return code;
}

static int count(const void *self, bool outputs) {
  const dunlin_hosted *hosted = self;
  return outputs ? hosted->outputs : hosted->inputs;
}

static dunlin_tensor tensor(const void *self, bool output, int index) {
  const dunlin_hosted *hosted = self;
  const hosted_tensor *found = &hosted->tensors[output ? hosted->inputs + index : index];
  return (dunlin_tensor){
      .name = found->tensor.name,
      .type = found->tensor.type,
      .dims = found->dims,
      .dims_size = found->tensor.rank,
      .quantization = {found->tensor.scale, found->tensor.zero_point},
      .data = found->data,
      .size = found->data ? found->tensor.size : 0,
  };
}

static bool is_dynamic(const void *self) { return ((const dunlin_hosted *)self)->is_dynamic; }

static bool has_moved(const void *self) {
  (void)self;
  return false;
}

static void free_hosted(void *self) { dunlin_hosted_free(self); }

const dunlin_model_kind dunlin_model_hosted = {
    .run = run,
    .count = count,
    .tensor = tensor,
    .is_dynamic = is_dynamic,
    .has_moved = has_moved,
    .free = free_hosted,
};
