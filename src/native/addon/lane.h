#ifndef DUNLIN_LANE_H
#define DUNLIN_LANE_H

#include <stdbool.h>

#include "image_process.h"

/* A native thread with a first-in-first-out queue of jobs. */
typedef struct dunlin_lane dunlin_lane;

typedef struct dunlin_job {
  struct dunlin_job *next;
  /* On the lane's thread. */
  void (*work)(struct dunlin_job *job, dunlin_lane *lane);
  /* Told by the lane's thread that the job is done (after work). */
  void (*done)(struct dunlin_job *job);
} dunlin_job;

/* The lane's buffers for pictures, made when first asked for; on its thread only. NULL when out of memory. */
dunlin_scratch *dunlin_lane_scratch(dunlin_lane *lane);

/* NULL when no thread can be had. The name shows in tools such as top; its first 15 characters count. */
dunlin_lane *dunlin_lane_create(const char *name);
void dunlin_lane_push(dunlin_lane *lane, dunlin_job *job);
/* The thread ends after the jobs already queued. */
void dunlin_lane_finish(dunlin_lane *lane);
/* Waits for the thread: to the end of the job under way and, unless `abandon`, of those queued.
 * Returns the jobs that were not begun, linked by next. */
dunlin_job *dunlin_lane_join(dunlin_lane *lane, bool abandon);
/* After dunlin_lane_join. */
void dunlin_lane_free(dunlin_lane *lane);

#endif
