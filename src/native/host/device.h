#ifndef DUNLIN_HOST_DEVICE_H
#define DUNLIN_HOST_DEVICE_H

#include "session.h"

/* The one thread that calls the engine, and the work that waits for it. Everything here is called by the other thread. */
typedef struct host_device host_device;

/* Starts the thread, which opens the library first. NULL when the system gives none. */
host_device *host_device_start(const host_engine *engine, const char *library);
/* A session whose OPEN was read. */
void host_device_open(host_device *device, host_session *session);
/* False when the session has a run waiting already, or no OPEN was seen. */
bool host_device_run(host_device *device, host_session *session, uint64_t number, uint64_t due_ns);
/* The session goes, as soon as the thread gets to it. */
void host_device_close(host_device *device, host_session *session);
/* When the engine began to close a session that it has not finished with; 0 when there is none. */
uint64_t host_device_closing_since(host_device *device);
/* True while sessions wait to be closed. */
bool host_device_has_closings(host_device *device);
/* Waits until all sessions are closed, so long at most. */
void host_device_rest(host_device *device, unsigned timeout_ms);

#endif
