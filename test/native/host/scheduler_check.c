/* Plays sessions against the host program's scheduler on a clock of its own, and checks who got how much of the device.
 * Prints one line per check; exits 1 when one fails. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>

#include "../../../src/native/host/scheduler.h"

static const uint64_t ms = 1000000;

typedef struct {
  const char *name;
  double share;
  uint64_t run_ns;
  uint64_t think_ns;   /* between an answer and the next request */
  uint64_t due_ns;     /* from request to due time; 0: none */
  uint64_t starts_ns;  /* its first request */
  /* Outcome. */
  uint64_t device_ns, longest_wait_ns, runs;
  /* While it plays. */
  uint64_t asks_at; /* UINT64_MAX while it waits or runs */
  host_turn turn;
} session;

typedef struct game {
  session *list;
  int count;
  uint64_t measured_from_ns, busy_ns;
  uint64_t jitter;
} game;

static int failures;

static void check(bool held, const char *what, double value) {
  printf("%s: %s (%.3f)\n", held ? "ok" : "FAILED", what, value);
  failures += !held;
}

static uint64_t next_random(game *game, uint64_t below) {
  game->jitter = game->jitter * 6364136223846793005ULL + 1442695040888963407ULL;
  return below == 0 ? 0 : (game->jitter >> 33) % below;
}

static void ask_until(game *game, host_schedule *schedule, uint64_t now) {
  for (int index = 0; index < game->count; index++) {
    session *one = &game->list[index];
    if (one->asks_at > now) continue;
    host_schedule_queue(schedule, &one->turn, one->asks_at, one->due_ns > 0 ? one->asks_at + one->due_ns : 0);
    one->asks_at = UINT64_MAX;
  }
}

static uint64_t next_ask(const game *game) {
  uint64_t next = UINT64_MAX;
  for (int index = 0; index < game->count; index++)
    if (game->list[index].asks_at < next) next = game->list[index].asks_at;
  return next;
}

static session *session_of(host_turn *turn) { return (session *)((char *)turn - offsetof(session, turn)); }

static uint64_t serve(game *game, host_schedule *schedule, session *one, uint64_t now) {
  const uint64_t wait = now - one->turn.queued_ns;
  const uint64_t end = now + one->run_ns;
  if (now >= game->measured_from_ns) {
    if (wait > one->longest_wait_ns) one->longest_wait_ns = wait;
    one->device_ns += one->run_ns;
    game->busy_ns += one->run_ns;
    one->runs++;
  }
  ask_until(game, schedule, end);
  host_schedule_charge(schedule, &one->turn, end, one->run_ns);
  one->asks_at = end + one->think_ns + next_random(game, one->think_ns / 2);
  return end;
}

/* Fraction of the measured time in which the device worked. */
static double play(game *game, uint64_t end) {
  host_schedule schedule = {0};
  game->jitter = 7;
  for (int index = 0; index < game->count; index++) {
    host_schedule_add(&schedule, &game->list[index].turn, game->list[index].share);
    game->list[index].asks_at = game->list[index].starts_ns;
  }
  for (uint64_t now = 0; now < end;) {
    uint64_t until;
    ask_until(game, &schedule, now);
    host_turn *turn = host_schedule_pick(&schedule, now, &until);
    if (turn) {
      now = serve(game, &schedule, session_of(turn), now);
    } else {
      const uint64_t ask = next_ask(game);
      now = until > 0 && until < ask ? until : ask;
    }
  }
  return (double)game->busy_ns / (double)(end - game->measured_from_ns);
}

/* Largest relative difference between what sessions got and their shares of all. */
static double unfairness(const game *game) {
  double worst = 0, shares = 0;
  for (int index = 0; index < game->count; index++) shares += game->list[index].share;
  for (int index = 0; index < game->count; index++) {
    const double fair = (double)game->busy_ns * game->list[index].share / shares;
    worst = fmax(worst, fabs((double)game->list[index].device_ns / fair - 1));
  }
  return worst;
}

static void fair_shares(void) {
  session equal[] = {{.name = "short", .share = 1, .run_ns = 5 * ms, .think_ns = ms / 5},
                     {.name = "middle", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 5},
                     {.name = "long", .share = 1, .run_ns = 20 * ms, .think_ns = ms / 5}};
  game match = {.list = equal, .count = 3};
  const double use = play(&match, 10000 * ms);
  check(unfairness(&match) < 0.05, "models of 5, 10 and 20 ms get equal time", unfairness(&match));
  check(use > 0.97, "and the device hardly idles", use);
  session weighted[] = {{.name = "1", .share = 1, .run_ns = 8 * ms, .think_ns = ms / 10},
                        {.name = "2", .share = 2, .run_ns = 8 * ms, .think_ns = ms / 10},
                        {.name = "4", .share = 4, .run_ns = 8 * ms, .think_ns = ms / 10}};
  struct game other = {.list = weighted, .count = 3};
  play(&other, 10000 * ms);
  check(unfairness(&other) < 0.05, "shares of 1, 2 and 4 are kept", unfairness(&other));
}

static void idle_saves_nothing(void) {
  session list[] = {{.name = "busy", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 10},
                    {.name = "late", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 10, .starts_ns = 60000 * ms}};
  game match = {.list = list, .count = 2, .measured_from_ns = 60000 * ms};
  play(&match, 60400 * ms);
  check(unfairness(&match) < 0.06, "one that comes after a minute gets its share, not what it left", unfairness(&match));
}

static void due_goes_first(void) {
  session list[] = {{.name = "camera", .share = 1, .run_ns = 8 * ms, .think_ns = 25 * ms, .due_ns = 60 * ms},
                    {.name = "greedy", .share = 1, .run_ns = 20 * ms, .think_ns = ms / 10},
                    {.name = "greedy too", .share = 1, .run_ns = 15 * ms, .think_ns = ms / 10}};
  game match = {.list = list, .count = 3};
  play(&match, 20000 * ms);
  const double wait = (double)list[0].longest_wait_ns / (double)ms;
  check(wait <= 20.1, "a run with a due time waits for one other run at most", wait);
}

static void due_cannot_starve(void) {
  session list[] = {{.name = "always due", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 10, .due_ns = 30 * ms},
                    {.name = "plain", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 10}};
  game match = {.list = list, .count = 2};
  play(&match, 10000 * ms);
  check(unfairness(&match) < 0.05, "due times take nothing from another's share", unfairness(&match));
  check(list[1].longest_wait_ns < 100 * ms, "nor keep it waiting for long", (double)list[1].longest_wait_ns / (double)ms);
}

static void slow_thinkers_cost_nothing(void) {
  session list[] = {{.name = "camera", .share = 1, .run_ns = 5 * ms, .think_ns = 20 * ms},
                    {.name = "greedy", .share = 1, .run_ns = 10 * ms, .think_ns = ms / 10}};
  game match = {.list = list, .count = 2};
  const double use = play(&match, 10000 * ms);
  check(use > 0.97, "nobody waits for one that takes its time", use);
}

int main(void) {
  fair_shares();
  idle_saves_nothing();
  due_goes_first();
  due_cannot_starve();
  slow_thinkers_cost_nothing();
  return failures > 0;
}
