#ifndef DUNLIN_HOST_CONNECTIONS_H
#define DUNLIN_HOST_CONNECTIONS_H

#include "device.h"

/* Takes new connections from the control socket and passes on what their clients want. Returns once the control socket
 * and all connections are closed, whatever the device thread does meanwhile. */
void host_connections_serve(host_device *device, int control);

#endif
