#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef union {
  struct cmsghdr align;
  char bytes[CMSG_SPACE(sizeof(int))];
} descriptor_space;

bool host_channel_pair(int sockets[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0; }

static void attach(struct msghdr *message, descriptor_space *space, int fd) {
  memset(space, 0, sizeof *space);
  message->msg_control = space->bytes;
  message->msg_controllen = sizeof space->bytes;
  struct cmsghdr *header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
}

bool host_channel_send(int socket, const void *bytes, size_t size, int fd) {
  descriptor_space space;
  struct iovec part = {(void *)bytes, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (fd >= 0) attach(&message, &space, fd);
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent == (ssize_t)size;
}

/* The space takes one descriptor: the kernel drops what a sender adds to it. */
static int detach(struct msghdr *message) {
  int fd = -1;
  const struct cmsghdr *header = CMSG_FIRSTHDR(message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof fd))
    memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}

ssize_t host_channel_receive(int socket, void *buffer, size_t size, int *fd) {
  descriptor_space space;
  struct iovec part = {buffer, size};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = space.bytes, .msg_controllen = sizeof space.bytes};
  ssize_t received;
  do received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  *fd = received < 0 ? -1 : detach(&message);
  if (received < 0 || !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) return received;
  if (*fd >= 0) close(*fd);
  *fd = -1;
  errno = EMSGSIZE;
  return -1;
}

host_head host_head_of(host_kind kind) { return (host_head){HOST_PROTOCOL, (uint32_t)kind}; }

uint64_t host_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}
