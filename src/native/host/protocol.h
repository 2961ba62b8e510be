#ifndef DUNLIN_HOST_PROTOCOL_H
#define DUNLIN_HOST_PROTOCOL_H

#include <stdatomic.h>

#include "engine.h"

/* What passes between the addon (the client) and dunlin-host. Every message is one datagram on an AF_UNIX SOCK_SEQPACKET
 * socket; a file descriptor travels with it where it says so. One connection is one session:
 *
 *   client                      program
 *   OPEN + model        ->
 *                       <-      OPENING                 its turn has come
 *                       <-      OPENED + tensor memory  or FAILED
 *   RUN                 ->
 *                       <-      RAN (+ fresh outputs)   or FAILED
 *   end of file         ->      the session is closed
 *
 * New connections reach the program as file descriptors on its control socket (CONNECT). Both sides are of one build, so
 * structs cross as they are; the client believes nothing all the same, because vendor libraries corrupt memory. */

enum { HOST_PROTOCOL = 0x64750201 };

typedef enum { HOST_CONNECT = 1, HOST_OPEN, HOST_RUN, HOST_OPENING, HOST_OPENED, HOST_RAN, HOST_FAILED } host_kind;

enum {
  HOST_MESSAGE_BYTES = 65536, /* no message is longer */
  HOST_MAX_TENSORS = 256,     /* inputs and outputs together */
  HOST_ALIGNMENT = 64,        /* of every tensor in memory */
  HOST_VERSION_BYTES = 128,
  HOST_TEXT_BYTES = 2048,
};
#define HOST_MAX_MEMORY (UINT64_C(1) << 30) /* bytes of all tensors of a session */

/* Statuses that the program ends with by itself. */
enum { HOST_EXIT_USAGE = 64, HOST_EXIT_LIBRARY = 69, HOST_EXIT_INTERNAL = 70, HOST_EXIT_LOST = 75 };

typedef struct {
  uint32_t protocol; /* HOST_PROTOCOL */
  uint32_t kind;     /* host_kind */
} host_head;

/* A file descriptor comes along: the program's end of a new connection. */
typedef struct {
  host_head head;
} host_connect_message;

/* With the model's bytes as a memory file. `options_size` bytes follow: key, NUL, value, NUL, and so on. */
typedef struct {
  host_head head;
  uint64_t model_size;
  double share;
  uint32_t option_count, options_size;
} host_open_message;

typedef struct {
  host_head head;
  uint64_t number; /* 1, 2, 3 … */
  uint64_t due_ns; /* CLOCK_MONOTONIC; 0: none */
} host_run_message;

typedef struct {
  host_head head;
} host_opening_message;

/* A tensor and its place in the memory that comes with the message. */
typedef struct {
  host_tensor tensor;
  uint64_t offset; /* 0: none, its size is known only after a run */
} host_placed_tensor;

/* With the tensors' memory, which starts with a host_shared. The inputs, then the outputs follow. */
typedef struct {
  host_head head;
  uint32_t inputs, outputs;
  uint64_t memory_size;
  char version[HOST_VERSION_BYTES];
} host_opened_message;

/* Outputs that had no place follow as they are now, with memory for them unless all are empty. */
typedef struct {
  host_head head;
  uint64_t number;
  uint64_t queue_ns; /* waiting for other sessions */
  uint64_t memory_size;
  uint32_t fresh;
  uint32_t reserved;
} host_ran_message;

typedef struct {
  host_head head;
  uint64_t number; /* of the run; 0: the opening */
  uint32_t code;   /* dunlin_code */
  uint32_t reserved;
  char text[HOST_TEXT_BYTES];
} host_failed_message;

/* At the start of the tensors' memory: tells the client that its run was taken up, and when it left the queue, so that
 * only time on the device counts as a hang. */
typedef struct {
  _Atomic uint64_t taken_run;   /* number of the run that waits or is done */
  _Atomic uint64_t started_run; /* number of the run; written after started_ns */
  _Atomic uint64_t started_ns;
} host_shared;

_Static_assert(sizeof(host_tensor) == 216 && sizeof(host_placed_tensor) == 224, "no padding crosses");
_Static_assert(sizeof(host_opened_message) + HOST_MAX_TENSORS * sizeof(host_placed_tensor) <= HOST_MESSAGE_BYTES,
               "the longest answer fits a message");
_Static_assert(sizeof(host_shared) <= HOST_ALIGNMENT, "tensors start at the second unit of alignment");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics work between processes");

#endif
