#define _GNU_SOURCE
#include "lane.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct dunlin_lane {
  pthread_t thread;
  dunlin_scratch *scratch; /* the thread's own */
  pthread_mutex_t lock; /* guards what follows */
  pthread_cond_t wake;
  dunlin_job *first, **last;
  bool finish, abandon;
};

/* NULL when the thread shall end. */
static dunlin_job *next_job(dunlin_lane *lane) {
  pthread_mutex_lock(&lane->lock);
  while (!lane->first && !lane->finish) pthread_cond_wait(&lane->wake, &lane->lock);
  dunlin_job *job = lane->abandon ? NULL : lane->first;
  if (job) {
    lane->first = job->next;
    if (!lane->first) lane->last = &lane->first;
  }
  pthread_mutex_unlock(&lane->lock);
  return job;
}

static void *run(void *argument) {
  dunlin_lane *lane = argument;
  for (dunlin_job *job; (job = next_job(lane));) {
    job->work(job, lane);
    job->done(job);
  }
  if (lane->scratch) dunlin_scratch_free(lane->scratch);
  return NULL;
}

dunlin_scratch *dunlin_lane_scratch(dunlin_lane *lane) {
  if (!lane->scratch) lane->scratch = dunlin_scratch_create();
  return lane->scratch;
}

/* Node handles signals on its main thread; only those that a fault in this thread raises stay open. */
static int start_thread(dunlin_lane *lane) {
  sigset_t blocked, before;
  sigfillset(&blocked);
  const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF};
  for (size_t index = 0; index < sizeof faults / sizeof *faults; index++) sigdelset(&blocked, faults[index]);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  const int status = pthread_create(&lane->thread, NULL, run, lane);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return status;
}

dunlin_lane *dunlin_lane_create(const char *name) {
  dunlin_lane *lane = calloc(1, sizeof *lane);
  if (!lane) return NULL;
  pthread_mutex_init(&lane->lock, NULL);
  pthread_cond_init(&lane->wake, NULL);
  lane->last = &lane->first;
  if (start_thread(lane) != 0) {
    dunlin_lane_free(lane);
    return NULL;
  }
  char short_name[16] = {0};
  strncpy(short_name, name, sizeof short_name - 1);
  pthread_setname_np(lane->thread, short_name);
  return lane;
}

void dunlin_lane_push(dunlin_lane *lane, dunlin_job *job) {
  job->next = NULL;
  pthread_mutex_lock(&lane->lock);
  *lane->last = job;
  lane->last = &job->next;
  pthread_mutex_unlock(&lane->lock);
  pthread_cond_signal(&lane->wake); /* after the lock, which the woken thread would else find taken */
}

static void end(dunlin_lane *lane, bool abandon) {
  pthread_mutex_lock(&lane->lock);
  lane->finish = true;
  lane->abandon = lane->abandon || abandon;
  pthread_cond_signal(&lane->wake);
  pthread_mutex_unlock(&lane->lock);
}

void dunlin_lane_finish(dunlin_lane *lane) { end(lane, false); }

dunlin_job *dunlin_lane_join(dunlin_lane *lane, bool abandon) {
  end(lane, abandon);
  pthread_join(lane->thread, NULL);
  dunlin_job *rest = lane->first;
  lane->first = NULL;
  return rest;
}

void dunlin_lane_free(dunlin_lane *lane) {
  pthread_mutex_destroy(&lane->lock);
  pthread_cond_destroy(&lane->wake);
  free(lane);
}
