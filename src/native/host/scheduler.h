#ifndef DUNLIN_HOST_SCHEDULER_H
#define DUNLIN_HOST_SCHEDULER_H

#include <stdbool.h>
#include <stdint.h>

/* Whose run is next on a device that does one at a time and cannot be interrupted.
 *
 * Sessions share the device's time by their weights: each has a virtual time, which is the time it had on the device
 * divided by its share, and the waiting one with the least goes next. A run with a due time goes before others, the
 * earliest first, unless its session is too far ahead of its share. A pure value: time is an argument, nothing is locked. */

enum { HOST_THINKS = 4 };

/* A session in the queue; part of its owner's memory. */
typedef struct host_turn {
  struct host_turn *next;
  double share;
  double virtual_ns;
  bool waiting;
  uint64_t queued_ns, due_ns; /* of the waiting run; due 0: none */
  uint64_t usual_ns;          /* what a run takes on the device; 0: none was seen yet */
  uint64_t answered_ns;       /* end of its last run; 0: none */
  uint64_t thinks[HOST_THINKS]; /* its last pauses between an answer and the next run */
  unsigned think_count;
} host_turn;

typedef struct {
  host_turn *turns;
  host_turn *last;  /* whose run was the last one */
  double floor_ns;  /* virtual time of the one that has waited with the least */
} host_schedule;

void host_schedule_add(host_schedule *schedule, host_turn *turn, double share);
void host_schedule_remove(host_schedule *schedule, host_turn *turn);
/* The session wants a run. It must not be waiting already. */
void host_schedule_queue(host_schedule *schedule, host_turn *turn, uint64_t now_ns, uint64_t due_ns);
/* Takes the next one out of the queue. NULL: nobody waits, or (`*until_ns` is set) it is worth waiting so long for the
 * session that was served last, whose turn it would be again. */
host_turn *host_schedule_pick(host_schedule *schedule, uint64_t now_ns, uint64_t *until_ns);
/* The run of the session that was picked is over; it took so long. */
void host_schedule_charge(host_schedule *schedule, host_turn *turn, uint64_t now_ns, uint64_t device_ns);

#endif
