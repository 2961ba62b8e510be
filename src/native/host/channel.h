#ifndef DUNLIN_HOST_CHANNEL_H
#define DUNLIN_HOST_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* Datagrams with file descriptors; used by the addon and by the program. Nothing here blocks. */

/* Two connected sockets, closed on exec. */
bool host_channel_pair(int sockets[2]);
/* One message, with a descriptor unless `fd` is -1. False with errno set. */
bool host_channel_send(int socket, const void *message, size_t size, int fd);
/* Size of the next message, 0 at the end of the connection, or -1 with errno set: EAGAIN when there is none, EMSGSIZE when
 * it was cut off. `*fd` is the descriptor that came with it, or -1. */
ssize_t host_channel_receive(int socket, void *buffer, size_t size, int *fd);

host_head host_head_of(host_kind kind);
/* CLOCK_MONOTONIC, which is the same in all processes. */
uint64_t host_now_ns(void);

#endif
