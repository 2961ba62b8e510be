#define _GNU_SOURCE
#include "connections.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "channel.h"

static const uint64_t close_timeout_ns = UINT64_C(5000000000);
static const int watch_every_ms = 500;

/* Slot 0 is the control socket, with no session. */
typedef struct {
  host_device *device;
  struct pollfd *polls;
  host_session **sessions;
  nfds_t count, room;
  _Alignas(8) char message[HOST_MESSAGE_BYTES];
} connections;

static bool reserve(connections *all) {
  if (all->count < all->room) return true;
  const nfds_t room = all->room * 2 + 8;
  struct pollfd *polls = realloc(all->polls, room * sizeof *polls);
  if (polls) all->polls = polls;
  host_session **sessions = polls ? realloc(all->sessions, room * sizeof *sessions) : NULL;
  if (!sessions) return false;
  all->sessions = sessions;
  all->room = room;
  return true;
}

static bool add(connections *all, int socket, host_session *session) {
  if (!reserve(all)) return false;
  all->polls[all->count] = (struct pollfd){.fd = socket, .events = POLLIN};
  all->sessions[all->count++] = session;
  return true;
}

static void accept_session(connections *all, int socket) {
  host_session *session = host_session_create(socket);
  if (session && add(all, socket, session)) return;
  free(session);
  close(socket);
}

/* False when the socket is closed. */
static bool read_control(connections *all) {
  int fd;
  const ssize_t size = host_channel_receive(all->polls[0].fd, all->message, sizeof all->message, &fd);
  if (size < 0) return errno == EAGAIN || errno == EMSGSIZE;
  if (fd >= 0) accept_session(all, fd);
  return size > 0;
}

/* Takes a descriptor over by setting it to -1. */
static bool handle(connections *all, host_session *session, size_t size, int *fd) {
  const host_head *head = (const host_head *)all->message;
  if (size < sizeof *head || head->protocol != HOST_PROTOCOL) return false;
  if (head->kind == HOST_OPEN && !session->request.text) {
    const int model_fd = *fd;
    *fd = -1;
    if (!host_session_read_open(session, (const host_open_message *)all->message, size, model_fd)) return false;
    host_device_open(all->device, session);
    return true;
  }
  const host_run_message *run = (const host_run_message *)all->message;
  return head->kind == HOST_RUN && size == sizeof *run && *fd < 0 &&
         host_device_run(all->device, session, run->number, run->due_ns);
}

/* False when the session shall go: its client is gone, or talks nonsense. */
static bool read_session(connections *all, host_session *session) {
  int fd;
  const ssize_t size = host_channel_receive(session->socket, all->message, sizeof all->message, &fd);
  if (size < 0) return errno == EAGAIN;
  const bool handled = size > 0 && handle(all, session, (size_t)size, &fd);
  if (fd >= 0) close(fd);
  return handled;
}

static void remove_session(connections *all, nfds_t slot) {
  host_device_close(all->device, all->sessions[slot]);
  all->count--;
  all->polls[slot] = all->polls[all->count];
  all->sessions[slot] = all->sessions[all->count];
}

/* A library that does not come back from closing blocks the device for everyone, and no client waits for it. */
static void watch_closing(host_device *device) {
  const uint64_t since = host_device_closing_since(device);
  if (since == 0 || host_now_ns() - since < close_timeout_ns) return;
  fprintf(stderr, "dunlin-host: the library hangs while it closes a session\n");
  _exit(HOST_EXIT_LOST);
}

void host_connections_serve(host_device *device, int control) {
  static connections all;
  all.device = device;
  if (!add(&all, control, NULL)) return;
  while (all.polls[0].fd >= 0 || all.count > 1) {
    const int rest_ms = host_device_has_closings(device) ? watch_every_ms : -1;
    if (poll(all.polls, all.count, rest_ms) < 0 && errno != EINTR) return;
    watch_closing(device);
    for (nfds_t slot = all.count; slot-- > 1;)
      if (all.polls[slot].revents && !read_session(&all, all.sessions[slot])) remove_session(&all, slot);
    if (all.polls[0].revents && !read_control(&all)) {
      close(all.polls[0].fd);
      all.polls[0].fd = -1;
    }
  }
}
