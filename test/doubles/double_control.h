#ifndef DUNLIN_TEST_DOUBLE_CONTROL_H
#define DUNLIN_TEST_DOUBLE_CONTROL_H

/* How tests tell a double of a vendor library what to do: a file of `key=value` lines whose path is in the environment
 * variable DUNLIN_DOUBLE_CONTROL, read anew at every call, so that a test changes the double while it is in use. No file, or
 * an empty one: a healthy device. A test that rewrites it should write beside it and rename: a half-written file is not seen.
 *
 *   crash=MOMENT    segmentation fault        hang=MOMENT     never comes back
 *   fail=MOMENT     the call reports an error corrupt=run     the outputs are noise, the call succeeds
 *   delayMs=N       every run takes N ms more
 *   vanish=1        the device is gone: not listed, not to be opened, runs fail as when a plug is pulled
 *   busy=1          listed, but another process holds it
 *   overheat=1      listed, but too hot: runs fail, or the temperature reads so, as the double's library does it
 *   after=N         run faults (crash, hang, fail, corrupt, vanish, overheat) begin after N runs in this process
 *
 * MOMENT is probe, open, run or close; several are separated by commas. Unknown keys and moments abort the process, so that
 * a test with a slip of the pen does not pass. Include after `#define _GNU_SOURCE`. */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DOUBLE_PROBE = 1, DOUBLE_OPEN = 2, DOUBLE_RUN = 4, DOUBLE_CLOSE = 8 };

typedef struct {
  unsigned crash, hang, fail, corrupt; /* bits of moments */
  long delay_ms, after;
  bool vanish, busy, overheat;
} double_control;

/* What is left to the double once crash, hang and delay have been obeyed. */
typedef struct {
  bool fail, corrupt, vanish, busy, overheat;
} double_orders;

static void double_control_refuse(const char *what, const char *line) {
  fprintf(stderr, "double: %s in the control file: %s\n", what, line);
  abort();
}

static unsigned double_control_moments(char *value, const char *line) {
  unsigned moments = 0;
  char *rest = NULL;
  for (char *word = strtok_r(value, ",", &rest); word != NULL; word = strtok_r(NULL, ",", &rest)) {
    if (strcmp(word, "probe") == 0) moments |= DOUBLE_PROBE;
    else if (strcmp(word, "open") == 0) moments |= DOUBLE_OPEN;
    else if (strcmp(word, "run") == 0) moments |= DOUBLE_RUN;
    else if (strcmp(word, "close") == 0) moments |= DOUBLE_CLOSE;
    else double_control_refuse("unknown moment", line);
  }
  return moments;
}

static void double_control_line(double_control *control, const char *line) {
  char copy[128];
  snprintf(copy, sizeof copy, "%s", line);
  char *value = strchr(copy, '=');
  if (value == NULL) double_control_refuse("no =", line);
  *value++ = '\0';
  if (strcmp(copy, "crash") == 0) control->crash = double_control_moments(value, line);
  else if (strcmp(copy, "hang") == 0) control->hang = double_control_moments(value, line);
  else if (strcmp(copy, "fail") == 0) control->fail = double_control_moments(value, line);
  else if (strcmp(copy, "corrupt") == 0) control->corrupt = double_control_moments(value, line);
  else if (strcmp(copy, "delayMs") == 0) control->delay_ms = atol(value);
  else if (strcmp(copy, "after") == 0) control->after = atol(value);
  else if (strcmp(copy, "vanish") == 0) control->vanish = atoi(value) != 0;
  else if (strcmp(copy, "busy") == 0) control->busy = atoi(value) != 0;
  else if (strcmp(copy, "overheat") == 0) control->overheat = atoi(value) != 0;
  else double_control_refuse("unknown key", line);
}

/* What the file says now. */
static double_control double_control_read(void) {
  double_control control = {0};
  const char *path = getenv("DUNLIN_DOUBLE_CONTROL");
  FILE *file = path == NULL ? NULL : fopen(path, "re");
  if (file == NULL) return control;
  char line[128];
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] != '\0' && line[0] != '#') double_control_line(&control, line);
  }
  fclose(file);
  return control;
}

static void double_control_sleep_ms(long ms) {
  struct timespec rest = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  while (ms > 0 && nanosleep(&rest, &rest) != 0) {
  }
}

/* Reads the file and obeys it as far as that is the same for every double; call first thing in each call of the library.
 * One run is counted per call with DOUBLE_RUN. */
static double_orders double_control_at(unsigned moment) {
  static long runs;
  const double_control control = double_control_read();
  const bool due = moment != DOUBLE_RUN || runs++ >= control.after;
  if (moment == DOUBLE_RUN) double_control_sleep_ms(control.delay_ms);
  if (due && (control.crash & moment) != 0) raise(SIGSEGV);
  while (due && (control.hang & moment) != 0) pause();
  /* With `after`, a device that will vanish is there until then. */
  const bool there = control.after > 0 && runs < control.after + (moment == DOUBLE_RUN);
  return (double_orders){
      .fail = due && (control.fail & moment) != 0,
      .corrupt = due && (control.corrupt & moment) != 0,
      .vanish = control.vanish && !there,
      .busy = control.busy,
      .overheat = control.overheat && due,
  };
}

#endif
