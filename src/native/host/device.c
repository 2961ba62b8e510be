#define _GNU_SOURCE
#include "device.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

struct host_device {
  const host_engine *engine;
  const char *library;
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t wake;  /* there is something to do */
  pthread_cond_t rest;  /* the last session is closed */
  host_session *opening, *closing;
  host_schedule schedule;
  unsigned sessions; /* given to the thread, and not closed by it */
  uint64_t closing_since_ns; /* 0: not in the engine's close */
};

/* One thing to do: a session to open, to close or to run. */
typedef struct {
  enum { WORK_OPEN, WORK_CLOSE, WORK_RUN } kind;
  host_session *session;
  uint64_t number, queue_ns;
} host_work;

static host_session *session_of(host_turn *turn) {
  return (host_session *)((char *)turn - offsetof(host_session, turn));
}

static struct timespec time_of(uint64_t ns) {
  return (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
}

static bool pop(host_session **list, host_session **session) {
  *session = *list;
  if (*session) *list = (*session)->next;
  return *session != NULL;
}

/* Closings first: they make room. Then openings, which are rare, then runs by their turns. */
static host_work next_work(host_device *device) {
  host_work work = {.kind = WORK_RUN};
  uint64_t until;
  pthread_mutex_lock(&device->lock);
  for (;;) {
    const uint64_t now = host_now_ns();
    host_turn *turn = NULL;
    if (pop(&device->closing, &work.session)) {
      work.kind = WORK_CLOSE;
    } else if (pop(&device->opening, &work.session)) {
      work.kind = WORK_OPEN;
    } else if ((turn = host_schedule_pick(&device->schedule, now, &until))) {
      work.session = session_of(turn);
      work.number = work.session->number;
      work.queue_ns = now - turn->queued_ns;
    }
    if (work.session) break;
    const struct timespec end = time_of(until);
    if (until > 0)
      pthread_cond_timedwait(&device->wake, &device->lock, &end);
    else
      pthread_cond_wait(&device->wake, &device->lock);
  }
  pthread_mutex_unlock(&device->lock);
  return work;
}

/* The client has the news; the others see the process end. */
static _Noreturn void end_lost(const char *text) {
  fprintf(stderr, "dunlin-host: the device is gone: %s\n", text);
  _exit(HOST_EXIT_LOST);
}

static void run(host_device *device, const host_work *work) {
  host_session *session = work->session;
  dunlin_error_text error;
  dunlin_error_clear(&error);
  const uint64_t start = host_now_ns();
  const dunlin_code code = host_session_run(session, device->engine, work->number, &error);
  const uint64_t end = host_now_ns();
  /* Before the answer: the client's next run may follow it at once. */
  pthread_mutex_lock(&device->lock);
  if (session->scheduled) host_schedule_charge(&device->schedule, &session->turn, end, end - start);
  pthread_mutex_unlock(&device->lock);
  const host_ran_message answer = {
      .head = host_head_of(HOST_RAN), .number = work->number, .queue_ns = work->queue_ns};
  host_session_answer(session, device->engine, answer, code, &error);
  if (code == DUNLIN_LOST) end_lost(error.text);
}

static void close_session(host_device *device, host_session *session) {
  pthread_mutex_lock(&device->lock);
  device->closing_since_ns = host_now_ns();
  pthread_mutex_unlock(&device->lock);
  host_session_close(session, device->engine);
  pthread_mutex_lock(&device->lock);
  device->closing_since_ns = 0;
  if (--device->sessions == 0) pthread_cond_signal(&device->rest);
  pthread_mutex_unlock(&device->lock);
}

/* Stays until a client asks, who then gets to know why. */
static _Noreturn void refuse(host_device *device, const dunlin_error_text *error) {
  for (;;) {
    const host_work work = next_work(device);
    if (work.kind == WORK_CLOSE) {
      close_session(device, work.session);
    } else {
      host_session_fail(work.session, 0, DUNLIN_DELEGATE, error->text);
      _exit(HOST_EXIT_LIBRARY);
    }
  }
}

static void *serve(void *argument) {
  host_device *device = argument;
  dunlin_error_text error;
  dunlin_error_clear(&error);
  if (!device->engine->load(device->library, &error)) {
    fprintf(stderr, "dunlin-host: %s\n", error.text);
    refuse(device, &error);
  }
  for (;;) {
    const host_work work = next_work(device);
    if (work.kind == WORK_CLOSE)
      close_session(device, work.session);
    else if (work.kind == WORK_RUN)
      run(device, &work);
    else if (host_session_open(work.session, device->engine) == DUNLIN_LOST)
      end_lost("it did not open the model");
  }
}

host_device *host_device_start(const host_engine *engine, const char *library) {
  host_device *device = calloc(1, sizeof *device);
  pthread_condattr_t monotonic;
  pthread_t thread;
  if (!device) return NULL;
  device->engine = engine;
  device->library = library;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_mutex_init(&device->lock, NULL);
  pthread_cond_init(&device->wake, &monotonic);
  pthread_cond_init(&device->rest, &monotonic);
  if (pthread_create(&thread, NULL, serve, device) != 0) return NULL;
  pthread_setname_np(thread, "device");
  pthread_detach(thread);
  return device;
}

static void push(host_session **list, host_session *session) {
  while (*list) list = &(*list)->next;
  session->next = NULL;
  *list = session;
}

void host_device_open(host_device *device, host_session *session) {
  pthread_mutex_lock(&device->lock);
  host_schedule_add(&device->schedule, &session->turn, session->share);
  session->scheduled = true;
  device->sessions++;
  push(&device->opening, session);
  pthread_cond_signal(&device->wake);
  pthread_mutex_unlock(&device->lock);
}

bool host_device_run(host_device *device, host_session *session, uint64_t number, uint64_t due_ns) {
  pthread_mutex_lock(&device->lock);
  const bool accepted = session->scheduled && !session->turn.waiting;
  if (accepted) {
    session->number = number;
    host_session_take(session, number);
    host_schedule_queue(&device->schedule, &session->turn, host_now_ns(), due_ns);
    pthread_cond_signal(&device->wake);
  }
  pthread_mutex_unlock(&device->lock);
  return accepted;
}

void host_device_close(host_device *device, host_session *session) {
  pthread_mutex_lock(&device->lock);
  if (session->scheduled)
    host_schedule_remove(&device->schedule, &session->turn);
  else
    device->sessions++;
  session->scheduled = false;
  for (host_session **link = &device->opening; *link; link = &(*link)->next) {
    if (*link != session) continue;
    *link = session->next;
    break;
  }
  push(&device->closing, session);
  pthread_cond_signal(&device->wake);
  pthread_mutex_unlock(&device->lock);
}

uint64_t host_device_closing_since(host_device *device) {
  pthread_mutex_lock(&device->lock);
  const uint64_t since = device->closing_since_ns;
  pthread_mutex_unlock(&device->lock);
  return since;
}

bool host_device_has_closings(host_device *device) {
  pthread_mutex_lock(&device->lock);
  const bool has = device->closing || device->closing_since_ns > 0;
  pthread_mutex_unlock(&device->lock);
  return has;
}

void host_device_rest(host_device *device, unsigned timeout_ms) {
  const struct timespec end = time_of(host_now_ns() + (uint64_t)timeout_ms * 1000000);
  pthread_mutex_lock(&device->lock);
  while (device->sessions > 0 && pthread_cond_timedwait(&device->rest, &device->lock, &end) == 0) continue;
  pthread_mutex_unlock(&device->lock);
}
