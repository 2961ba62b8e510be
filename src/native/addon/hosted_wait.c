#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "hosted_internal.h"

static struct timespec remaining(uint64_t deadline_ns) {
  const uint64_t now = host_now_ns(), rest = deadline_ns > now ? deadline_ns - now : 0;
  return (struct timespec){(time_t)(rest / 1000000000), (long)(rest % 1000000000)};
}

int hosted_receive(dunlin_hosted *hosted, uint64_t deadline_ns, size_t *size, int *fd) {
  struct pollfd polls[] = {{hosted->connection, POLLIN, 0}, {hosted->ending, POLLIN, 0}};
  for (;;) {
    const ssize_t received = host_channel_receive(hosted->connection, hosted->message, sizeof hosted->message, fd);
    if (received > 0) {
      *size = (size_t)received;
      return HOSTED_MESSAGE;
    }
    if (received == 0 || errno == ECONNRESET) return HOSTED_ENDED;
    if (errno != EAGAIN) return HOSTED_BROKEN;
    const struct timespec rest = remaining(deadline_ns);
    const int ready = ppoll(polls, 2, &rest, NULL);
    if (ready < 0 && errno != EINTR) return HOSTED_BROKEN;
    if (ready > 0 && polls[1].revents) return HOSTED_ENDING;
    if (ready == 0) return HOSTED_TIMEOUT;
  }
}

dunlin_code hosted_lose(dunlin_hosted *hosted, dunlin_code code, dunlin_error_text *error, const char *reason) {
  if (reason) dunlin_error_add(error, "%s", reason);
  if (hosted->connection >= 0) close(hosted->connection);
  hosted->connection = -1;
  return code;
}

uint64_t hosted_after_ms(uint64_t from_ns, double ms) {
  const double most_ms = 24 * 3600e3;
  if (!(ms > 0)) return from_ns;
  return from_ns + (uint64_t)((ms < most_ms ? ms : most_ms) * 1e6);
}
