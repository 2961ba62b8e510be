#ifndef DUNLIN_HOST_SESSION_H
#define DUNLIN_HOST_SESSION_H

#include "protocol.h"
#include "scheduler.h"

/* What a client asked for with OPEN. The text behind the options' pointers belongs to it. */
typedef struct {
  int model_fd; /* closed once the model is mapped */
  uint64_t model_size;
  char *text;
  host_option *list;
  host_options options;
} host_open_request;

/* One connection and the model behind it. */
typedef struct host_session {
  struct host_session *next; /* in one of the device's lists */
  int socket;
  host_turn turn; /* guarded by the device's lock */
  bool scheduled; /* the turn is in the schedule; guarded by the device's lock */
  uint64_t number; /* of the waiting run; guarded by the device's lock */
  double share;
  host_open_request request;
  /* What follows belongs to the device thread. */
  void *model_bytes;
  host_model *model;
  void *memory; /* starts with a host_shared */
  uint64_t memory_size;
  uint32_t inputs, outputs;
  bool *fresh; /* per output: has no place in the memory */
  bool is_dynamic;
} host_session;

/* Takes the socket over; NULL when out of memory. */
host_session *host_session_create(int socket);
/* Reads an OPEN message and takes the descriptor over; false when it makes no sense. */
bool host_session_read_open(host_session *session, const host_open_message *message, size_t size, int model_fd);

/* Tells the client that its run waits for its turn; called where runs arrive. */
void host_session_take(host_session *session, uint64_t number);

/* What follows is called on the device thread. */

/* Tells the client how it went; DUNLIN_LOST when the device is gone. A session that could not be opened stays, to be closed
 * by its client. */
dunlin_code host_session_open(host_session *session, const host_engine *engine);
dunlin_code host_session_run(host_session *session, const host_engine *engine, uint64_t number,
                             dunlin_error_text *error);
/* Tells the client how its run went. */
void host_session_answer(host_session *session, const host_engine *engine, host_ran_message answer, dunlin_code code,
                         const dunlin_error_text *error);
void host_session_close(host_session *session, const host_engine *engine);

/* Tells the client that the opening (0) or a run failed. */
void host_session_fail(const host_session *session, uint64_t number, dunlin_code code, const char *text);

#endif
