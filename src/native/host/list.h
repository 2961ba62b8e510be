#ifndef DUNLIN_HOST_LIST_H
#define DUNLIN_HOST_LIST_H

#include "engine.h"

/* Prints the library's version, then its devices, one a line: id, tab, name. Returns the status to exit with. */
int host_list(const host_engine *engine, const char *library);

#endif
