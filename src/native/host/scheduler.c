#include "scheduler.h"

#include <stddef.h>

/* Device time that runs with a due time may be ahead of their share: a few runs of a slow model. */
static const double ahead_limit_ns = 50e6;
/* Nobody waits longer than this for a session that may come back. */
static const uint64_t most_patience_ns = 2000000;

static double earlier(double a, double b) { return a < b ? a : b; }
static double later(double a, double b) { return a > b ? a : b; }

void host_schedule_add(host_schedule *schedule, host_turn *turn, double share) {
  const double least = 1e-3, most = 1e3;
  *turn = (host_turn){.share = share >= least && share <= most ? share : 1, .virtual_ns = schedule->floor_ns};
  turn->next = schedule->turns;
  schedule->turns = turn;
}

void host_schedule_remove(host_schedule *schedule, host_turn *turn) {
  if (schedule->last == turn) schedule->last = NULL;
  for (host_turn **link = &schedule->turns; *link; link = &(*link)->next) {
    if (*link != turn) continue;
    *link = turn->next;
    return;
  }
}

/* A session in a closed loop is away for a moment after each run, and another's run may fall into it. It keeps the place
 * that it had within some such runs; what one did not use that was away for longer is gone. */
static double credit(const host_schedule *schedule, const host_turn *late, uint64_t now_ns) {
  const double kept_runs = 4;
  double longest = 0;
  for (const host_turn *turn = schedule->turns; turn; turn = turn->next)
    longest = later(longest, (double)turn->usual_ns / turn->share);
  const bool is_brief = (double)(now_ns - late->answered_ns) < kept_runs * longest;
  return is_brief ? kept_runs * longest : longest;
}

void host_schedule_queue(host_schedule *schedule, host_turn *turn, uint64_t now_ns, uint64_t due_ns) {
  if (turn->answered_ns > 0) turn->thinks[turn->think_count++ % HOST_THINKS] = now_ns - turn->answered_ns;
  turn->virtual_ns = later(turn->virtual_ns, schedule->floor_ns - credit(schedule, turn, now_ns));
  turn->waiting = true;
  turn->queued_ns = now_ns;
  turn->due_ns = due_ns;
}

static bool is_before(const host_turn *turn, const host_turn *other) {
  if (turn->virtual_ns != other->virtual_ns) return turn->virtual_ns < other->virtual_ns;
  return turn->queued_ns < other->queued_ns;
}

static host_turn *find_fairest(const host_schedule *schedule) {
  host_turn *fairest = NULL;
  for (host_turn *turn = schedule->turns; turn; turn = turn->next)
    if (turn->waiting && (!fairest || is_before(turn, fairest))) fairest = turn;
  return fairest;
}

/* A picture that is due already is worthless: its run has no right to go first. */
static host_turn *find_due(const host_schedule *schedule, const host_turn *fairest, uint64_t now_ns) {
  host_turn *first = NULL;
  for (host_turn *turn = schedule->turns; turn; turn = turn->next) {
    if (!turn->waiting || turn->due_ns <= now_ns) continue;
    if ((turn->virtual_ns - fairest->virtual_ns) * turn->share > ahead_limit_ns) continue;
    if (!first || turn->due_ns < first->due_ns) first = turn;
  }
  return first;
}

static uint64_t shortest_think(const host_turn *turn) {
  uint64_t shortest = UINT64_MAX;
  for (unsigned index = 0; index < HOST_THINKS && index < turn->think_count; index++)
    if (turn->thinks[index] < shortest) shortest = turn->thinks[index];
  return shortest;
}

/* Without waiting a little for the one served last, sessions that answer a result with the next picture could only ever
 * take turns, whatever their shares and however short their runs. Worth it where the wait is short against the run that
 * would come between. 0: do not wait. */
static uint64_t patience_end(const host_schedule *schedule, const host_turn *fairest) {
  const host_turn *last = schedule->last;
  if (!last || last->waiting || !is_before(last, fairest)) return 0;
  uint64_t patience = fairest->usual_ns / 4;
  if (patience > most_patience_ns) patience = most_patience_ns;
  return shortest_think(last) <= patience / 2 ? last->answered_ns + patience : 0;
}

static host_turn *take(host_schedule *schedule, host_turn *turn) {
  schedule->last = NULL;
  turn->waiting = false;
  return turn;
}

host_turn *host_schedule_pick(host_schedule *schedule, uint64_t now_ns, uint64_t *until_ns) {
  *until_ns = 0;
  host_turn *fairest = find_fairest(schedule);
  if (!fairest) return NULL;
  const double least = schedule->last ? earlier(schedule->last->virtual_ns, fairest->virtual_ns) : fairest->virtual_ns;
  schedule->floor_ns = later(schedule->floor_ns, least);
  host_turn *due = find_due(schedule, fairest, now_ns);
  if (due) return take(schedule, due);
  const uint64_t end = patience_end(schedule, fairest);
  if (end <= now_ns) return take(schedule, fairest);
  *until_ns = end;
  return NULL;
}

void host_schedule_charge(host_schedule *schedule, host_turn *turn, uint64_t now_ns, uint64_t device_ns) {
  turn->virtual_ns += (double)device_ns / turn->share;
  turn->usual_ns = turn->usual_ns == 0 ? device_ns : (turn->usual_ns * 3 + device_ns) / 4;
  turn->answered_ns = now_ns;
  schedule->last = turn;
}
