/* A double of dunlin-host that breaks the protocol. Run as `double FAULT` with the control socket as descriptor 3; it serves
 * one connection at a time, as a program with one input of 16 bytes and one output of 16 bytes would, but for the fault.
 * Built with the sources of the protocol: channel.c and shared_memory.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/native/host/channel.h"
#include "../../src/native/host/shared_memory.h"

enum { memory_bytes = 4096, tensor_bytes = 16, uint8_type = 3 };

typedef struct {
  host_opened_message message;
  host_placed_tensor tensors[HOST_MAX_TENSORS + 1];
} opened;

typedef struct {
  host_ran_message message;
  host_placed_tensor tensors[2];
} ran;

static const char *fault;

static bool is(const char *name) { return strcmp(fault, name) == 0; }
static bool starts_with(const char *prefix) { return strncmp(fault, prefix, strlen(prefix)) == 0; }

static host_placed_tensor make_tensor(const char *name, uint64_t offset) {
  host_placed_tensor placed = {.tensor = {.type = uint8_type, .rank = 1, .dims = {tensor_bytes}, .size = tensor_bytes},
                               .offset = offset};
  strcpy(placed.tensor.name, name);
  return placed;
}

static void spoil_tensor(host_placed_tensor *placed) {
  host_tensor *tensor = &placed->tensor;
  if (is("tensor type")) tensor->type = -5;
  if (is("tensor type 0")) tensor->type = 0;
  if (is("tensor rank")) tensor->rank = 9;
  if (is("tensor rank below 0")) tensor->rank = INT_MIN;
  if (is("tensor dim")) tensor->dims[0] = INT64_C(1) << 40;
  if (is("tensor dim below 0")) tensor->dims[0] = -1;
  if (is("tensor product")) tensor->rank = 8, memset(tensor->dims, 0x7f, sizeof tensor->dims);
  if (is("tensor shape and size")) tensor->dims[0] = 17;
  if (is("tensor scale")) tensor->scale = NAN;
  if (is("tensor name")) memset(tensor->name, 'x', sizeof tensor->name);
  if (is("tensor size")) tensor->size = tensor->dims[0] = memory_bytes;
  if (is("tensor size near 2^64")) tensor->type = 200, tensor->size = UINT64_MAX - 7;
  if (is("tensor offset")) placed->offset = memory_bytes;
  if (is("tensor offset near 2^64")) placed->offset = UINT64_MAX - 63;
  if (is("tensor offset unaligned")) placed->offset = 65;
  if (is("tensor in the header")) placed->offset = 0;
}

static int make_memory(void) {
  if (is("memory missing")) return -1;
  if (is("memory a pipe")) {
    int ends[2];
    return pipe(ends) == 0 ? ends[0] : -1;
  }
  if (is("memory a file")) return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  const bool sealed = !is("memory unsealed");
  const int fd = sealed ? host_memory_create("double", is("memory smaller") ? 64 : memory_bytes)
                        : memfd_create("double", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (!sealed && ftruncate(fd, memory_bytes) != 0) return -1;
  if (!is("memory read only")) return fd;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  return open(path, O_RDONLY | O_CLOEXEC);
}

static void spoil_opened(host_opened_message *message) {
  if (is("opened protocol")) message->head.protocol++;
  if (is("opened kind")) message->head.kind = 99;
  if (is("opened kind ran")) message->head.kind = HOST_RAN;
  if (is("opened inputs")) message->inputs = UINT32_MAX;
  if (is("opened outputs")) message->outputs = 3;
  if (is("opened both")) message->inputs = message->outputs = UINT32_C(1) << 31;
  if (is("opened memory size")) message->memory_size = 8192;
  if (is("opened memory size 0")) message->memory_size = 0;
  if (is("opened memory huge")) message->memory_size = UINT64_C(1) << 50;
  if (is("opened version")) memset(message->version, 'v', sizeof message->version);
}

static size_t opened_size(void) {
  const size_t size = sizeof(host_opened_message) + 2 * sizeof(host_placed_tensor);
  if (is("opened short")) return 12;
  if (is("opened one byte")) return 1;
  if (is("opened cut")) return size - 1;
  if (is("opened long")) return size + sizeof(host_placed_tensor);
  return size;
}

static void *answer_open(int connection) {
  static opened answer;
  const host_opening_message opening = {host_head_of(HOST_OPENING)};
  host_channel_send(connection, &opening, sizeof opening, -1);
  if (is("opening twice")) host_channel_send(connection, &opening, sizeof opening, -1);
  answer.message = (host_opened_message){
      .head = host_head_of(HOST_OPENED), .inputs = 1, .outputs = 1, .memory_size = memory_bytes, .version = "double"};
  answer.tensors[0] = make_tensor("in", 64);
  answer.tensors[1] = make_tensor("out", 128);
  if (starts_with("ran fresh")) answer.tensors[1].tensor.size = answer.tensors[1].offset = 0;
  spoil_opened(&answer.message);
  spoil_tensor(&answer.tensors[is("tensor in the header") ? 0 : 1]);
  if (is("opened flood")) {
    static char flood[100000];
    host_channel_send(connection, flood, sizeof flood, -1);
  }
  host_failed_message failed = {.head = host_head_of(HOST_FAILED), .code = DUNLIN_OK};
  if (is("failed code")) failed.code = 4000000000U;
  if (is("failed text")) failed.code = DUNLIN_MODEL, memset(failed.text, 't', sizeof failed.text);
  if (is("failed number")) failed.code = DUNLIN_MODEL, failed.number = 3;
  const int memory = make_memory();
  if (starts_with("failed ")) host_channel_send(connection, &failed, sizeof failed, -1);
  else host_channel_send(connection, &answer, opened_size(), memory);
  void *mapped = memory >= 0 ? host_memory_map(memory, memory_bytes, true) : NULL;
  if (is("memory unsealed") && ftruncate(memory, 0) != 0) exit(3);
  if (memory >= 0) close(memory);
  return mapped;
}

static void spoil_ran(ran *answer) {
  host_ran_message *message = &answer->message;
  if (is("ran number")) message->number += 5;
  if (is("ran kind")) message->head.kind = HOST_OPENED;
  if (is("ran fresh of none")) message->fresh = 1;
  if (is("ran fresh count")) message->fresh = UINT32_MAX;
  if (is("ran fresh size")) answer->tensors[0].tensor.size = answer->tensors[0].tensor.dims[0] = 5000;
  if (is("ran fresh offset")) answer->tensors[0].offset = UINT64_MAX - 63;
  if (is("ran fresh unknown")) answer->tensors[0].tensor.dims[0] = -1;
  if (is("ran fresh memory")) message->memory_size = UINT64_MAX;
  if (is("ran queue time")) message->queue_ns = UINT64_MAX;
}

static void answer_run(int connection, uint64_t number, host_shared *shared) {
  const bool fresh = starts_with("ran fresh") && !is("ran fresh of none");
  ran answer = {.message = {.head = host_head_of(HOST_RAN), .number = number}};
  if (shared && is("hang with a clock of its own")) {
    atomic_store(&shared->started_ns, UINT64_MAX);
    atomic_store(&shared->started_run, number);
  }
  if (starts_with("hang")) return;
  if (is("exit")) _exit(7);
  if (fresh) {
    answer.message.fresh = 1;
    answer.message.memory_size = memory_bytes;
    answer.tensors[0] = make_tensor("out", 0);
  }
  spoil_ran(&answer);
  const int memory = fresh && !is("ran fresh no memory") ? make_memory() : is("ran with memory") ? make_memory() : -1;
  const size_t size = sizeof answer.message + (fresh ? sizeof *answer.tensors : 0);
  host_channel_send(connection, &answer, is("ran cut") ? size - 4 : size, memory);
  if (is("ran twice")) host_channel_send(connection, &answer, size, memory);
  if (memory >= 0) close(memory);
}

/* The next message; false at the end. */
static bool wait_message(int socket, void *buffer, size_t size, int *fd) {
  struct pollfd ready = {.fd = socket, .events = POLLIN};
  return poll(&ready, 1, -1) == 1 && host_channel_receive(socket, buffer, size, fd) > 0;
}

static void serve(int connection) {
  static _Alignas(8) char message[HOST_MESSAGE_BYTES];
  host_shared *shared = NULL;
  for (int fd; wait_message(connection, message, sizeof message, &fd);) {
    const host_head *head = (const host_head *)message;
    if (fd >= 0) close(fd);
    if (head->kind == HOST_OPEN) shared = answer_open(connection);
    if (head->kind == HOST_RUN) answer_run(connection, ((const host_run_message *)message)->number, shared);
  }
  if (shared) host_memory_unmap(shared, memory_bytes);
  close(connection);
}

int main(int count, char **values) {
  const int control = 3;
  host_connect_message message;
  if (count != 2) return 2;
  fault = values[1];
  for (int connection; wait_message(control, &message, sizeof message, &connection);) serve(connection);
  return 0;
}
